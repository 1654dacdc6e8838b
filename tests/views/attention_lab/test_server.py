"""The lab's server: what it answers, and whom it refuses."""

import http.client
import json
import threading

import pytest

from bertlab.views import AttentionLab
from bertlab.views.attention_lab.server import lab_server

QUESTION = {"text_a": "so it is", "text_b": None, "holes": [[0, 3, 5]], "other_mask": False}


@pytest.fixture
def port(a_reader):
    with lab_server(AttentionLab(a_reader(), "the bank")) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def ask(port, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def test_the_page_and_an_answer(port, a_reader):
    status, page = ask(port, "GET", "/")
    assert status == 200
    assert "attentionLab(window.bertlab_lab, ask)" in page
    status, answer = ask(port, "POST", "/answer", json.dumps(QUESTION))
    assert status == 200
    assert json.loads(answer) == AttentionLab(a_reader(), "the bank").answer(QUESTION)


def test_what_is_no_question_is_told(port):
    assert "error" in json.loads(ask(port, "POST", "/answer", "[]")[1])
    assert ask(port, "POST", "/answer", "{")[0] == 400
    assert ask(port, "POST", "/answer", "[" * 90_000)[0] == 400
    assert ask(port, "POST", "/answer", "x" * 100_001)[0] == 413
    assert ask(port, "GET", "/../secret")[0] == 404
    assert ask(port, "POST", "/")[0] == 404


def test_a_page_elsewhere_cannot_ask_under_its_own_name(port):
    assert ask(port, "GET", "/", Host="evil.example")[0] == 403
    assert ask(port, "POST", "/answer", json.dumps(QUESTION), Host=f"evil.example:{port}")[0] == 403
    assert ask(port, "GET", "/", Host=f"localhost:{port}")[0] == 200
    assert ask(port, "POST", "/answer", json.dumps(QUESTION), Origin="https://evil.example")[0] == 403
    own = f"http://127.0.0.1:{port}"
    assert ask(port, "POST", "/answer", json.dumps(QUESTION), Origin=own, Host=own.removeprefix("http://"))[0] == 200


def test_what_one_asks_is_not_shown_to_the_next(port):
    before = ask(port, "GET", "/")[1]
    ask(port, "POST", "/answer", json.dumps(QUESTION))
    assert ask(port, "GET", "/")[1] == before


def test_an_address_that_others_reach_is_refused_unless_asked(a_reader):
    lab = AttentionLab(a_reader(), "the bank")
    with pytest.raises(ValueError, match=r"other machines reach 0\.0\.0\.0, and the lab asks for no password"):
        lab_server(lab, "0.0.0.0")
    with lab_server(lab, "0.0.0.0", anyone=True) as server:
        assert server.server_port > 0


def test_a_taken_port_is_an_error(a_reader, port):
    with pytest.raises(OSError, match="in use"):
        lab_server(AttentionLab(a_reader(), "the bank"), port=port)

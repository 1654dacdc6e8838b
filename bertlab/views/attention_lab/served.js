// The lab as a page of `bertlab demo`: the server answers.
(() => {
  const ask = async (question) => {
    const response = await fetch("answer", { method: "POST", body: JSON.stringify(question) });
    if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
    return response.json();
  };
  document.body.append(attentionLab(window.bertlab_lab, ask));
})();

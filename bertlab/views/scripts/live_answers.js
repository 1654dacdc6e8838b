// In a notebook the kernel answers; a notebook that has just been opened may lose a question, so it is asked again.
function liveAnswers(model, el, draw) {
  const waiting = new Map();
  let number = 0;
  const receive = (message) => {
    waiting.get(message.number)?.(message.answer);
    waiting.delete(message.number);
  };
  const ask = async (question) => {
    for (const patience of [2500, 5000, 10000]) {
      const mine = ++number;
      const answer = new Promise((answered) => waiting.set(mine, answered));
      model.send({ number: mine, question });
      const found = await Promise.race([answer, new Promise((late) => setTimeout(late, patience))]);
      if (found) return found;
    }
    throw new Error("No answer. Is Python still running?");
  };
  model.on("msg:custom", receive);
  el.append(draw(model.get("state"), ask));
  return () => model.off("msg:custom", receive);
}

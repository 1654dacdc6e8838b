// In a notebook: the kernel answers.
export default {
  render({ model, el }) {
    const waiting = new Map();
    let number = 0;
    const receive = (message) => {
      waiting.get(message.number)?.(message.answer);
      waiting.delete(message.number);
    };
    const ask = (question) =>
      new Promise((answered) => {
        waiting.set(++number, answered);
        model.send({ number, question });
      });
    model.on("msg:custom", receive);
    el.append(longestMatchSteps(model.get("state"), ask));
    return () => model.off("msg:custom", receive);
  },
};

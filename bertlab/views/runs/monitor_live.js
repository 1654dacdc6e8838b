// The monitor as a widget: news come as messages, and what is pressed goes back as one.
const PATIENCE = 2500; // milliseconds until what is known is asked for again: a page just opened may lose a message
export default {
  render({ model, el }) {
    const monitor = trainingMonitor(el, model.get("state"), (message) => model.send(message));
    const ask = () => model.send({ all: true });
    const again = setInterval(ask, PATIENCE);
    const take = (news, buffers) => {
      if (monitor.take(news, buffers)) clearInterval(again);
    };
    model.on("msg:custom", take);
    ask();
    return () => {
      clearInterval(again);
      model.off("msg:custom", take);
    };
  },
};

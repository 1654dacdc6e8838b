// The monitor as a widget: news come as messages, and what is pressed goes back as one.
export default {
  render({ model, el }) {
    const monitor = trainingMonitor(el, model.get("state"), (message) => model.send(message));
    model.on("msg:custom", monitor.take);
    model.send({ all: true });
    return () => model.off("msg:custom", monitor.take);
  },
};

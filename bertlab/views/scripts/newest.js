// Asks one question at a time; of what is typed meanwhile only the newest is asked.
//
//   const settle = newest({ asked: question, wanted: () => question, ask, status, take });
//
// `asked` has its answer already. `take` gets an answer, or null: then `status` says why, and the last picture stays.
function newest({ asked, wanted, ask, status, take }) {
  let asking = false;
  const say = (problem) => status.textContent !== problem && (status.textContent = problem); // it is read aloud
  return async function settle() {
    if (asking) return;
    asking = true;
    while (asked !== wanted()) {
      asked = wanted();
      const found = await ask(asked).catch((lost) => ({ error: lost.message }));
      say(found.error ?? "");
      take(found.error ? null : found);
    }
    asking = false;
  };
}

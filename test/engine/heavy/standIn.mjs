// A heavy child that does what its files folder says, to be met in every way a child can fail.
const behaviour = process.argv[2];
process.on("disconnect", () => process.exit(0));
process.on("message", ({ id }) => {
  if (behaviour === "hang") for (;;) Math.sqrt(2);
  if (behaviour === "exit") {
    process.stderr.write("no \u001b[31mmemory\u202e left\n", () => process.exit(7));
    return;
  }
  if (behaviour === "refuse") {
    process.send({ id, kind: "refusal", error: { code: "forecast.empty", args: {} }, last: false });
    return;
  }
  process.send({ id, kind: "progress", doneRatio: 0.5 });
  const answer = { pid: process.pid, env: { ...process.env } };
  // Foreign and repeated answers are nobody's.
  process.send({ id: id + 1000, kind: "answer", answer: "stray", last: false });
  process.send({ id, kind: "answer", answer, last: behaviour === "last" });
  process.send({ id, kind: "answer", answer: "again", last: false });
});

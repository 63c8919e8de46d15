/**
 * Programs whose memory behaves in a known way, each beside 50 MB/s of garbage: a leak, and what is none although it rises. Bytes
 * are those of arrays of doubles, of about 1 kB each.
 */

/** What every program has: garbage, and a part of its own that is called 50 times a second. */
const frameOf = (own: string) => `
  const chunk = (bytes) => Array.from({ length: Math.max(1, Math.round(bytes / 1000)) }, (_, i) => new Array(120).fill(i + 0.5));
  let sum = 0;
  function garbage(bytes) { for (let i = 0; i < bytes / 1000; i++) sum += new Array(120).fill(i + 0.5).length; }
  const begun = performance.now();
  let last = begun;
  ${own}
  setInterval(() => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    garbage(50e6 * seconds);
    tick(seconds, (now - begun) / 1000);
  }, 20);`;

const MB = 1e6;

/** Keeps 1 MB/s in a function of that name. */
export const LEAK = frameOf(`
  const kept = [];
  function plantedLeak(bytes) { for (let i = 0; i < bytes / 1000; i++) kept.push(new Array(120).fill(i + 0.5)); }
  const tick = (seconds) => plantedLeak(1e6 * seconds);`);

/** Fills at a rate up to an amount, and is then cleared at once. */
const cleared = (rate: number, amount: number) =>
  frameOf(`
  let kept = [];
  let bytes = 0;
  const tick = (seconds) => {
    kept.push(chunk(${rate * MB} * seconds));
    bytes += ${rate * MB} * seconds;
    if (bytes >= ${amount * MB}) { kept = []; bytes = 0; }
  };`);

/** A cache of bounded size, in which the oldest or any one is replaced; filled to begin with, or by and by. */
const bounded = (rate: number, amount: number, { full = false, random = false } = {}) =>
  frameOf(`
  const cache = [];
  const most = ${amount * MB} / 20_000;
  let at = 0;
  const put = () => { cache[cache.length < most ? cache.length : ${random ? "Math.floor(Math.random() * most)" : "at++ % most"}] = chunk(20_000); };
  ${full ? "while (cache.length < most) put();" : ""}
  let due = 0;
  const tick = (seconds) => { for (due += (${rate * MB} * seconds) / 20_000; due >= 1; due--) put(); };`);

/** Fills once, and stays as it is. */
const filledOnce = (rate: number, untilSeconds: number) =>
  frameOf(`
  const kept = [];
  const tick = (seconds, at) => { if (at < ${untilSeconds}) kept.push(chunk(${rate * MB} * seconds)); };`);

/** What lives so long that it grows old, and is forgotten then: garbage that only a full collection takes away. */
const shortLived = (rate: number, seconds: number) =>
  frameOf(`
  const living = [];
  const tick = (part, at) => {
    living.push([at, chunk(${rate * MB} * part)]);
    while (living.length > 0 && living[0][0] < at - ${seconds}) living.shift();
  };`);

/** One large thing, once. */
const step = (atSeconds: number, amount: number) =>
  frameOf(`
  let kept = null;
  const tick = (_, at) => { if (kept === null && at > ${atSeconds}) kept = chunk(${amount * MB}); };`);

/** Buffers outside the heap, cleared again. */
const buffers = (rate: number, amount: number) =>
  frameOf(`
  let kept = [];
  let bytes = 0;
  const tick = (seconds) => {
    const size = Math.max(1, Math.round(${rate * MB} * seconds));
    kept.push(Buffer.alloc(size, 1));
    bytes += size;
    if (bytes >= ${amount * MB}) { kept = []; bytes = 0; }
  };`);

/** Twenty that leak nothing. Each is over its first period within 40 s: what rises for as long as it is looked at is no control. */
export const CONTROLS: readonly { readonly name: string; readonly script: string }[] = [
  { name: "cleared 1 MB/s at 5 MB", script: cleared(1, 5) },
  { name: "cleared 1 MB/s at 11 MB", script: cleared(1, 11) },
  { name: "cleared 1 MB/s at 23 MB", script: cleared(1, 23) },
  { name: "cleared 1 MB/s at 37 MB", script: cleared(1, 37) },
  { name: "cleared 3 MB/s at 60 MB", script: cleared(3, 60) },
  { name: "cleared 5 MB/s at 20 MB", script: cleared(5, 20) },
  { name: "cleared 8 MB/s at 100 MB", script: cleared(8, 100) },
  { name: "cleared 0.5 MB/s at 8 MB", script: cleared(0.5, 8) },
  { name: "oldest replaced 1 MB/s, 10 MB", script: bounded(1, 10) },
  { name: "oldest replaced 2 MB/s, 50 MB", script: bounded(2, 50) },
  { name: "oldest replaced 1 MB/s, 80 MB, full", script: bounded(1, 80, { full: true }) },
  { name: "oldest replaced 2 MB/s, 90 MB, full", script: bounded(2, 90, { full: true }) },
  { name: "any replaced 2 MB/s, 40 MB", script: bounded(2, 40, { random: true }) },
  { name: "any replaced 1 MB/s, 60 MB, full", script: bounded(1, 60, { full: true, random: true }) },
  { name: "filled once 2 MB/s for 15 s", script: filledOnce(2, 15) },
  { name: "filled once 1 MB/s for 35 s", script: filledOnce(1, 35) },
  { name: "lives for 3 s, 8 MB/s", script: shortLived(8, 3) },
  { name: "lives for 12 s, 4 MB/s", script: shortLived(4, 12) },
  { name: "step of 40 MB after 25 s", script: step(25, 40) },
  { name: "buffers cleared 3 MB/s at 40 MB", script: buffers(3, 40) },
];

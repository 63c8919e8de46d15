/**
 * CPU this thread has used so far, ms; differences of it are the cost of a tick.
 *
 * The process-wide figure is read first for its side effect: the kernel brings the run time of the calling thread up to
 * date for it, which it does not for the thread's own figure (that alone moves in steps of the scheduler's tick, 4 ms
 * here). Node before 23.9 has no figure per thread; the process-wide one then includes the thread pool.
 */
export function cpuTimeMs(): number {
  const all = process.cpuUsage();
  const usage = typeof process.threadCpuUsage === "function" ? process.threadCpuUsage() : all;
  return (usage.user + usage.system) / 1000;
}

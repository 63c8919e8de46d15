/**
 * Numbers of system calls, by their names: those in which a thread waits or can take long. x86_64 first (arch/x86/entry/syscalls),
 * then arm64 (include/uapi/asm-generic/unistd.h); −1: not there.
 */
const NUMBERS: Readonly<Record<string, readonly [x64: number, arm64: number]>> = {
  read: [0, 63],
  write: [1, 64],
  open: [2, -1],
  close: [3, 57],
  stat: [4, -1],
  fstat: [5, 80],
  lstat: [6, -1],
  poll: [7, -1],
  mmap: [9, 222],
  munmap: [11, 215],
  brk: [12, 214],
  ioctl: [16, 29],
  pread64: [17, 67],
  pwrite64: [18, 68],
  readv: [19, 65],
  writev: [20, 66],
  select: [23, -1],
  sched_yield: [24, 124],
  msync: [26, 227],
  madvise: [28, 233],
  pause: [34, -1],
  nanosleep: [35, 101],
  sendfile: [40, 71],
  connect: [42, 203],
  accept: [43, 202],
  sendto: [44, 206],
  recvfrom: [45, 207],
  sendmsg: [46, 211],
  recvmsg: [47, 212],
  clone: [56, 220],
  fork: [57, -1],
  vfork: [58, -1],
  execve: [59, 221],
  exit: [60, 93],
  wait4: [61, 260],
  semop: [65, 193],
  msgsnd: [69, 189],
  msgrcv: [70, 188],
  fcntl: [72, 25],
  flock: [73, 32],
  fsync: [74, 82],
  fdatasync: [75, 83],
  ftruncate: [77, 46],
  rename: [82, -1],
  mkdir: [83, -1],
  unlink: [87, -1],
  ptrace: [101, 117],
  rt_sigtimedwait: [128, 137],
  rt_sigsuspend: [130, 133],
  sync: [162, 81],
  futex: [202, 98],
  io_getevents: [208, 4],
  getdents64: [217, 61],
  restart_syscall: [219, 128],
  semtimedop: [220, 192],
  clock_nanosleep: [230, 115],
  exit_group: [231, 94],
  epoll_wait: [232, -1],
  waitid: [247, 95],
  openat: [257, 56],
  newfstatat: [262, 79],
  unlinkat: [263, 35],
  pselect6: [270, 72],
  ppoll: [271, 73],
  splice: [275, 76],
  sync_file_range: [277, 84],
  epoll_pwait: [281, 22],
  fallocate: [285, 47],
  accept4: [288, 242],
  preadv: [295, 69],
  pwritev: [296, 70],
  recvmmsg: [299, 243],
  syncfs: [306, 267],
  copy_file_range: [326, 285],
  preadv2: [327, 286],
  pwritev2: [328, 287],
  statx: [332, 291],
  io_uring_enter: [426, 426],
  clone3: [435, 435],
  epoll_pwait2: [441, 441],
  futex_waitv: [449, 449],
};

const COLUMNS: Readonly<Record<string, 0 | 1>> = { x64: 0, arm64: 1 };
const byNumber = new Map<string, ReadonlyMap<number, string>>(
  Object.entries(COLUMNS).map(([architecture, column]) => [
    architecture,
    new Map(Object.entries(NUMBERS).map(([name, numbers]) => [numbers[column], name])),
  ]),
);

/** @param architecture as Node names it. `null`: a call, or a machine, whose names are not known here */
export function systemCallName(number: number, architecture: string): string | null {
  return number < 0 ? null : (byNumber.get(architecture)?.get(number) ?? null);
}

/** What a thread waits for. `data`: a file, pipe or socket, whose descriptor is the first argument. */
export type WaitKind = "events" | "lock" | "child" | "sleep" | "data";

const KINDS: Readonly<Record<WaitKind, readonly string[]>> = {
  events: "epoll_wait epoll_pwait epoll_pwait2 poll ppoll select pselect6 pause rt_sigsuspend rt_sigtimedwait".split(
    " ",
  ),
  lock: "futex futex_waitv semop semtimedop".split(" "),
  child: ["wait4", "waitid"],
  sleep: ["nanosleep", "clock_nanosleep"],
  data: [
    ..."read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2 ioctl fcntl flock fsync fdatasync".split(
      " ",
    ),
    ..."ftruncate fallocate getdents64 sync_file_range syncfs fstat".split(" "),
    ..."connect accept accept4 sendto recvfrom sendmsg recvmsg recvmmsg".split(" "),
  ],
};
const kindOfCall = new Map(
  Object.entries(KINDS).flatMap(([kind, names]) => names.map((name) => [name, kind as WaitKind] as const)),
);

/** Functions of the kernel in which it waits, where the call itself is not told. */
const CHANNELS: readonly (readonly [RegExp, WaitKind])[] = [
  [
    /^(?:ep_poll|do_epoll_wait|poll_schedule_timeout|do_sys_poll|do_poll|do_select|sigsuspend|do_sigtimedwait)/,
    "events",
  ],
  [/^(?:futex_|do_futex|do_semtimedop)/, "lock"],
  [/^(?:do_wait|kernel_wait4|kernel_waitid)/, "child"],
  [/^(?:hrtimer_nanosleep|do_nanosleep)/, "sleep"],
  [
    /^(?:anon_pipe_|pipe_|unix_stream_|inet_csk_accept|inet_stream_connect|tcp_|sk_wait|sk_stream_wait|n_tty_read)/,
    "data",
  ],
  [/^(?:wait_woken|__skb_wait_for_more_packets|flock_lock|locks_lock|fcntl_setlk)/, "data"],
];

/** By its system call, else by the kernel's function; `null`: neither says. */
export function waitKind(systemCall: string | null, waitChannel: string | null): WaitKind | null {
  const ofCall = kindOfCall.get(systemCall ?? "");
  if (ofCall !== undefined) return ofCall;
  return CHANNELS.find(([pattern]) => waitChannel !== null && pattern.test(waitChannel))?.[1] ?? null;
}

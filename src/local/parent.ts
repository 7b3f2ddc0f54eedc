const POLL_MS = 100;
const parent = process.ppid;

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Calls back, once, when the process that started this one is gone. POSIX gives an orphan another parent; Windows
 * leaves the old number, which nobody answers to.
 */
export function whenOrphaned(callback: () => void): void {
  const poll = setInterval(() => {
    if (process.ppid === parent && alive(parent)) return;
    clearInterval(poll);
    callback();
  }, POLL_MS).unref();
}

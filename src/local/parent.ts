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
 * Calls back once when the parent process has ended. On POSIX an orphan gets another parent; on Windows it keeps the
 * old parent's id, which no longer exists.
 */
export function whenOrphaned(callback: () => void): void {
  const poll = setInterval(() => {
    if (process.ppid === parent && alive(parent)) return;
    clearInterval(poll);
    callback();
  }, POLL_MS).unref();
}

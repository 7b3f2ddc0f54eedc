import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A run that was killed a moment ago needs this long to let go of its port. */
const PATIENCE_MS = 1_500;
const POLL_MS = 100;

/** Whether a port of 127.0.0.1 is free, or is so within a moment. */
export async function portIsFree(port: number): Promise<boolean> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await canListen(port))) {
    if (Date.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

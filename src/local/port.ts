import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** How long a killed run may hold its port. */
const PATIENCE_MS = 1_500;
const POLL_MS = 100;

/** Whether a port of 127.0.0.1 is free, or becomes free shortly. */
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

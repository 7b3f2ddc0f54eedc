const EVERY_MS = 60_000;

/**
 * Runs the scheduled handler now and every minute, because `wrangler dev` does not run cron triggers. Ticks never
 * overlap.
 * @param report called with the reason of a failed tick
 */
export function startTicking(baseUrl: string, report: (line: string) => void): void {
  let running = false;
  const tick = async () => {
    if (running) return;
    running = true;
    try {
      const response = await fetch(`${baseUrl}/cdn-cgi/handler/scheduled?cron=*+*+*+*+*`);
      if (!response.ok) report(`The tick failed: ${response.status} ${await response.text()}`);
    } catch (error) {
      report(`The tick failed: ${error instanceof Error ? error.message : error}`);
    } finally {
      running = false;
    }
  };
  setInterval(tick, EVERY_MS).unref();
  void tick();
}

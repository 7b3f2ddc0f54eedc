const EVERY_MS = 60_000;

/**
 * Runs the scheduled handler now and every minute, as the platform does: `wrangler dev` never does by itself.
 * A tick that takes longer than a minute is not overtaken.
 * @param report told why a tick failed
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

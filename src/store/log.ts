/** Writes one structured line to the log. Never pass it a secret, a token or an article's content. */
export function logLine(
  level: "info" | "warn" | "error",
  event: string,
  fields: Record<string, string | number | boolean | null>,
): void {
  console[level](JSON.stringify({ level, event, ...fields }));
}

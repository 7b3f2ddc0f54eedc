import type { Bindings } from "../env.ts";
import { isRefused, type Quota, quotaUsedUp } from "../model/quota.ts";
import { logLine } from "../store/log.ts";
import { directoryOf } from "./stubs.ts";

/**
 * Tells the directory that a quota is used up, if that is why something failed: `GET /health` shows it. Whoever failed logs
 * that.
 * @param assumed the quota, if the error does not name it
 */
export async function noteQuota(env: Bindings, assumed: Quota, error: unknown): Promise<void> {
  if (!isRefused(error)) return;
  const quota = quotaUsedUp(error) ?? assumed;
  try {
    await directoryOf(env).health.noted(quota, Date.now());
  } catch (failure) {
    // Nor can the directory work without that quota: the failure is logged, and counted.
    if (quotaUsedUp(failure) !== quota) logLine("error", "quota.report", { quota, error: String(failure) });
  }
}

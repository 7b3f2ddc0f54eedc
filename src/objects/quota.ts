import type { Bindings } from "../env.ts";
import { isRefused, type Quota } from "../model/quota.ts";
import { logLine } from "../store/log.ts";
import { directoryOf } from "./stubs.ts";

/** Tells the directory that a quota is used up, if that is why something failed: `GET /health` shows it. */
export async function reportQuota(env: Bindings, quota: Quota, error: unknown): Promise<void> {
  if (!isRefused(error)) return;
  await directoryOf(env)
    .health.refused(quota, String(error))
    .catch((failure: unknown) => logLine("error", "quota.report", { quota, error: String(failure) }));
}

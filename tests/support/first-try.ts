import { vi } from "vitest";
import { FirstTry } from "../../src/objects/kit/first-try.ts";

/** Has objects store what they are handed meanwhile, and send nothing at once: as if another attempt were under way. */
export async function withoutFirstTry<T>(act: () => Promise<T>): Promise<T> {
  const spy = vi.spyOn(FirstTry.prototype, "isUnderWay", "get").mockReturnValue(true);
  try {
    return await act();
  } finally {
    spy.mockRestore();
  }
}

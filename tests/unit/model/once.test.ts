import { expect, test, vi } from "vitest";
import { once } from "../../../src/model/once.ts";

test("loads with the first use, and never again", async () => {
  const load = vi.fn(async () => ({ loaded: true }));
  const get = once(load);
  expect(load).not.toHaveBeenCalled();
  expect([await get(), await get()]).toEqual([{ loaded: true }, { loaded: true }]);
  expect(load).toHaveBeenCalledTimes(1);
});

test("does not wait for the load of another caller that never ends", async () => {
  const load = vi.fn(async () => ({ loaded: true }));
  load.mockReturnValueOnce(new Promise(() => {}));
  const get = once(load);
  void get();
  expect(await get()).toEqual({ loaded: true });
});

test("loads again after a load that failed", async () => {
  const load = vi.fn(async () => ({ loaded: true }));
  load.mockRejectedValueOnce(new Error("not now"));
  const get = once(load);
  await expect(get()).rejects.toThrow("not now");
  expect(await get()).toEqual({ loaded: true });
});

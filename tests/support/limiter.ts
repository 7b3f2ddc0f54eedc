/** A limiter that lets each client have as much as is allowed, and remembers who asked. */
export function limiter(allowed: number): RateLimit & { asked: string[] } {
  const asked: string[] = [];
  const limit = async ({ key }: RateLimitOptions) => {
    asked.push(key);
    return { success: asked.filter((one) => one === key).length <= allowed };
  };
  return { asked, limit };
}

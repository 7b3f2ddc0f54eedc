/** The bounds of the hub, as a part of `LIMITS`. */
export const HUB_LIMITS = {
  /** Subscriptions to one feed, as many as an organization may have webhooks: 45 calls an alarm, two rows written for each. */
  SUBSCRIPTIONS_PER_TOPIC: 10_000,
  /** In a page of the API: each is asked itself, under the free plan's 50 subrequests. */
  SUBSCRIPTIONS_SHOWN: 25,
  HUB_BODY_BYTES: 20_000,
  LEASE_DEFAULT_SECONDS: 864_000,
  LEASE_MOST_SECONDS: 2_592_000,
  /** WebSub §5.1: a secret is shorter than this. */
  HUB_SECRET_BYTES: 200,
  VERIFY_TOKEN_CHARACTERS: 1_000,
  /** Anybody can have a callback asked: it has less time than a receiver. */
  VERIFICATION_TIMEOUT_MS: 5_000,
  /** A document that is handed to subscriptions; one that is larger they ask for themselves. 45 at once fit in memory. */
  PUSHED_CHARACTERS: 250_000,
  /** A subscriber that has failed every push for so long is unsubscribed. */
  SUBSCRIBER_FAILING_DAYS: 3,
  /** Confirmed subscriptions to an organization's feeds whose callbacks are at one host. */
  SUBSCRIPTIONS_PER_HOST: 50,
  /** Verifications for one feed in a minute where clients are not known: a thousand subscribers need no more ... */
  VERIFICATIONS_PER_TOPIC: 1_200,
  /** ... at one host (delivery/verification.ts) ... */
  VERIFICATIONS_PER_MINUTE: 120,
  /** ... of one client at one host, of which it always has a share ... */
  VERIFICATIONS_OF_CLIENT_AT_HOST: 30,
  VERIFICATIONS_SHARE: 3,
  /** ... of one client in all ... */
  VERIFICATIONS_PER_CLIENT: 90,
  /** ... and of one confirmed subscription. */
  RENEWALS_PER_MINUTE: 5,
} as const;

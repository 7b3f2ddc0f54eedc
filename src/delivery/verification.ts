import { LIMITS } from "../model/limits.ts";

/** Who wants a callback to be verified, and for what. */
export interface Verification {
  /** The address of the client that asks, or its token; null if it is not known. */
  client: string | null;
  /** The host name of the callback. */
  host: string;
  topic: string;
  /** The subscription if it is a confirmed one, which is renewed or ended. */
  confirmed: string | null;
}

/** The counters of a verification in a minute, and how high each may go. */
function countersOf({ client, host, topic, confirmed }: Verification): Record<string, number> {
  if (confirmed !== null) return { [`subscription ${confirmed}`]: LIMITS.RENEWALS_PER_MINUTE };
  if (client === null) {
    // Clients cannot be told apart, as on a person's own machine.
    return {
      [`host ${host}`]: LIMITS.VERIFICATIONS_PER_MINUTE,
      [`topic ${topic}`]: LIMITS.VERIFICATIONS_PER_TOPIC,
    };
  }
  return {
    [`client ${client}`]: LIMITS.VERIFICATIONS_PER_CLIENT,
    [ownCounter(client, host)]: LIMITS.VERIFICATIONS_OF_CLIENT_AT_HOST,
    [`host ${host}`]: LIMITS.VERIFICATIONS_PER_MINUTE,
  };
}

const ownCounter = (client: string, host: string) => `client ${client} host ${host}`;

/**
 * The counters that one more verification adds to; null if it must wait for the next minute, since a hub must not be a
 * means of attack. Every client has a share of its own at every host, so naming a host locks nobody out: a share is no
 * more requests than the client could send itself. What is confirmed is counted by itself. Feeds are no bound where clients
 * are known: there are endless filtered ones.
 * @param count how high a counter is
 */
export function countersToRaise(
  verification: Verification,
  count: (counter: string) => number,
): string[] | null {
  const { client, host } = verification;
  const counters = countersOf(verification);
  const full = Object.keys(counters).filter((counter) => count(counter) >= (counters[counter] ?? 0));
  const own = client === null ? Number.POSITIVE_INFINITY : count(ownCounter(client, host));
  const onlyHost = full.every((counter) => counter === `host ${host}`);
  const isFree = full.length === 0 || (onlyHost && own < LIMITS.VERIFICATIONS_SHARE);
  return isFree ? Object.keys(counters) : null;
}

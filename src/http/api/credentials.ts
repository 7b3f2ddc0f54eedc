import { type Bindings, configuration } from "../../env.ts";
import { base32, randomId } from "../../model/digest.ts";

/**
 * The secret of a token or of a reader's key: 26 characters of base 32. The first five name a key of the service, the
 * last ten are a MAC by that key, so that a wrong secret is known as wrong before any object is asked.
 */
const SECRET = /^([0-9a-z]{5})([0-9a-z]{11})([0-9a-z]{10})$/;
const RANDOM_CHARACTERS = 11;
const MAC_CHARACTERS = 10;
const NAME_CHARACTERS = 5;

/** A key that secrets are marked with. */
interface MarkingKey {
  name: string;
  key: CryptoKey;
}

/** What a secret is bound to: it is wrong at any other place. */
export const tokenPlace = (tokenId: string): string => `token ${tokenId}`;
export const readerPlace = (slug: string): string => `reader ${slug}`;

/** A new secret for a place. */
export async function newSecret(env: Bindings, place: string): Promise<string> {
  const [marking] = await keysOf(env);
  if (!marking) return randomId("");
  const marked = marking.name + randomId("").slice(0, RANDOM_CHARACTERS);
  return marked + (await macOf(marking, place, marked));
}

/** 256 random bits, and a secret that is bound to them: for a session or a sign-in link. Known as wrong like other secrets. */
export async function newTicket(env: Bindings, kind: TicketKind): Promise<string> {
  const random = base32(crypto.getRandomValues(new Uint8Array(33)), TICKET_CHARACTERS);
  return `${random}-${await newSecret(env, ticketPlace(kind, random))}`;
}

/** Whether a ticket can be one that the service made. */
export async function isTicket(env: Bindings, kind: TicketKind, ticket: string): Promise<boolean> {
  const [, random = "", secret = ""] = TICKET.exec(ticket) ?? [];
  return (await judge(env, ticketPlace(kind, random), secret)) === "genuine";
}

type TicketKind = "session" | "sign-in link";
const TICKET = /^([0-9a-z]{52})-([0-9a-z]{26})$/;
const TICKET_CHARACTERS = 52;
const ticketPlace = (kind: TicketKind, random: string): string => `${kind} ${random}`;

/**
 * What can be told of a secret without asking anybody. `unknown`: it was made before secrets were marked, or with a key
 * that the service has no more; or it is wrong.
 */
export async function judge(
  env: Bindings,
  place: string,
  secret: string,
): Promise<"genuine" | "wrong" | "unknown"> {
  const [, name, random, mac] = SECRET.exec(secret) ?? [];
  if (name === undefined || random === undefined || mac === undefined) return "wrong";
  const marking = (await keysOf(env)).find((key) => key.name === name);
  if (!marking) return "unknown";
  const expected = await macOf(marking, place, name + random);
  return crypto.subtle.timingSafeEqual(encode(mac), encode(expected)) ? "genuine" : "wrong";
}

async function macOf({ key }: MarkingKey, place: string, marked: string): Promise<string> {
  const mac = await crypto.subtle.sign("HMAC", key, encode(`${place}\n${marked}`));
  return base32(new Uint8Array(mac), MAC_CHARACTERS);
}

const derived = new WeakMap<Bindings, MarkingKey[]>();

/**
 * The keys, the one that marks new secrets first: made of SECRETS_KEY and the keys before it, and of ADMIN_TOKEN for where
 * there is no other.
 */
async function keysOf(env: Bindings): Promise<MarkingKey[]> {
  const known = derived.get(env);
  if (known) return known;
  const { secretsKey, formerSecretsKeys } = configuration(env);
  const texts = [secretsKey, ...formerSecretsKeys, env.ADMIN_TOKEN];
  const keys = await Promise.all(texts.flatMap((text) => (text ? [derive(text)] : [])));
  derived.set(env, keys);
  return keys;
}

/** RFC 5869: a key that tells nothing of the text it is made of. */
async function derive(text: string): Promise<MarkingKey> {
  const material = await crypto.subtle.importKey("raw", encode(text), "HKDF", false, ["deriveBits"]);
  const bits = async (info: string) =>
    new Uint8Array(
      await crypto.subtle.deriveBits(
        { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: encode(info) },
        material,
        256,
      ),
    );
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", await bits("credentials: key"), algorithm, false, [
    "sign",
  ]);
  return { name: base32(await bits("credentials: name"), NAME_CHARACTERS), key };
}

const encoder = new TextEncoder();
const encode = (text: string) => encoder.encode(text);

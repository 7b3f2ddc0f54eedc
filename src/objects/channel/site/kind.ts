import { RpcTarget } from "cloudflare:workers";
import type { JsonFeed, JsonFeedItem } from "../../../feeds/json.ts";
import type { Headline } from "../../../model/headline.ts";
import { LIMITS } from "../../../model/limits.ts";
import { addressed } from "../../../model/organization.ts";
import { directoryOf } from "../../stubs.ts";
import type { ChannelParts, SubscriberKind } from "../subscribers.ts";

/** The one target: the Directory, which knows the headlines of all organizations. */
const EVERYBODY = "everybody";

/**
 * The feed of the whole service, if it is on: after each publication the Directory is handed the headlines of the
 * organization's feed. One object call and two rows for a publication, however many articles it has.
 */
export const SITE = {
  schemas: [],
  open(channel) {
    const { env, state } = channel;
    return {
      part: new NoPart(),
      relay: {
        most: 1,
        async hand() {
          const { organization } = state.read();
          if (organization) await directoryOf(env).news.put(organization.slug, headlinesOf(channel));
          return 1;
        },
      },
      wantingEvent: () => [],
      wantingPublication: () => (env.SITE_FEED === "on" ? [EVERYBODY] : []),
      close() {},
    };
  },
} satisfies SubscriberKind;

/** This kind has no methods to call. */
class NoPart extends RpcTarget {}

/** The headlines of what an organization has published; none if it is closed or unlisted. */
function headlinesOf({ state, publications }: ChannelParts): Headline[] {
  const { organization } = state.read();
  const document = organization && state.isPublic() ? publications.document("json") : null;
  if (!organization || !document) return [];
  const { items, title: name, authors } = JSON.parse(document.body) as JsonFeed;
  const { slug, language } = addressed(organization);
  return items.map((item) => ({ ...headline(item, language, authors), organization: { slug, name } }));
}

function headline(
  item: JsonFeedItem,
  language: string,
  authors: JsonFeed["authors"],
): Omit<Headline, "organization"> {
  const { article_id: id, published_precision } = item._communique;
  return {
    id,
    title: item.title,
    ...(item.summary ? { summary: [...item.summary].slice(0, LIMITS.HEADLINE_CHARACTERS).join("") } : {}),
    ...(item.url.endsWith(`/articles/${id}`) ? {} : { url: item.url }),
    ...(item.image ? { image: item.image } : {}),
    language: item.language ?? language,
    published_at: item.date_published,
    updated_at: item.date_modified,
    ...(published_precision ? { published_precision } : {}),
    authors: item.authors ?? authors,
  };
}

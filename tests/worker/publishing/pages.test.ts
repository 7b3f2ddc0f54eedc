import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { stopClockForEachTest } from "../../support/clock.ts";
import { api, get, newArticle, newOrganization, publishIndex } from "../../support/service.ts";

stopClockForEachTest();
beforeEach(() => newOrganization());

const pageOf = async (id: string): Promise<number> => (await get(`/articles/${id}`)).status;

describe("the page of an article", () => {
  test.each([{}, { unlisted: true }])(
    "is gone with its organization, whether it was listed or not: %j",
    async (fields) => {
      const slug = await newOrganization(fields);
      const { id } = await newArticle(slug);
      expect(await pageOf(id)).toBe("unlisted" in fields ? 404 : 200);
      expect((await api("DELETE", `/organizations/${slug}`)).status).toBe(204);
      expect(await pageOf(id)).toBe("unlisted" in fields ? 404 : 410);
    },
  );

  test("stays while another open and listed organization has it", async () => {
    const [gone, hidden, stays] = [
      await newOrganization(),
      await newOrganization({ unlisted: true }),
      await newOrganization(),
    ];
    const { id } = await newArticle([gone, hidden, stays]);
    const { id: alone } = await newArticle([gone, hidden]);
    await api("DELETE", `/organizations/${gone}`);
    await publishIndex();
    expect([await pageOf(id), await pageOf(alone)]).toEqual([200, 404]);
  });

  test("of a new organization is there at once", async () => {
    await publishIndex();
    const { id } = await newArticle(await newOrganization());
    const { id: hidden } = await newArticle(await newOrganization({ unlisted: true }));
    expect([await pageOf(id), await pageOf(hidden)]).toEqual([200, 404]);
  });

  test("tells nothing of a withdrawn article of an organization that is not listed", async () => {
    const { id } = await newArticle(await newOrganization({ unlisted: true }));
    await api("DELETE", `/articles/${id}`);
    await publishIndex();
    expect(await pageOf(id)).toBe(404);
  });

  test("is not shown when its organization's record cannot be read", async () => {
    const slug = await newOrganization();
    const { id } = await newArticle(slug);
    expect(await pageOf(id)).toBe(200);
    await env.RECORDS.put(`organization:${slug}`, "not an organization");
    expect(await pageOf(id)).toBe(404);
  });
});

import { describe, expect, test } from "vitest";
import { safeHtml } from "../../../src/feeds/sanitize.ts";

describe("embedded content", () => {
  test.each([
    ["https://www.youtube.com/embed/dQw4w9WgXcQ?rel=0", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"],
    ["//www.youtube-nocookie.com/embed/dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ"],
    ["https://www.youtube.com/embed/videoseries?list=PL1", "https://www.youtube.com/playlist?list=PL1"],
    ["https://player.vimeo.com/video/123?h=1", "https://vimeo.com/123"],
    ["https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/a/b", "https://soundcloud.com/a/b"],
    ["https://open.spotify.com/embed/episode/4x", "https://open.spotify.com/episode/4x"],
    ["https://rutube.ru/play/embed/abc", "https://rutube.ru/video/abc/"],
    ["https://www.google.com/maps/embed?pb=1", "https://www.google.com/maps/embed?pb=1"],
  ])("becomes a link: %s", (source, address) => {
    const link = `<p><a href="${address}">Named</a></p>`;
    expect(safeHtml(`<iframe src="${source}" title="Named"></iframe>`, "")).toBe(link);
    expect(safeHtml(`<iframe data-src="${source}" title="Named"></iframe>`, "")).toBe(link);
    expect(safeHtml(`<object data="${source}" title="Named"><embed src="x"></object>`, "")).toBe(link);
  });

  test("is named by its host when it has no title", () => {
    expect(safeHtml('<iframe src="https://player.vimeo.com/video/1"></iframe>', "")).toBe(
      '<p><a href="https://vimeo.com/1">vimeo.com</a></p>',
    );
  });

  test("becomes a link within its paragraph", () => {
    expect(
      safeHtml('<p>See <iframe src="https://player.vimeo.com/video/1" title="it"></iframe>.</p>', ""),
    ).toBe('<p>See <a href="https://vimeo.com/1">it</a>.</p>');
  });

  test("of a page of its own is linked when its title says what it is", () => {
    expect(safeHtml('<iframe src="/map" title="Map"></iframe>', "https://a.example/news/")).toBe(
      '<p><a href="https://a.example/map">Map</a></p>',
    );
    expect(safeHtml('x<iframe src="/map"></iframe>', "https://a.example/news/")).toBe("x");
  });

  test.each([
    '<iframe src="https://t.example/" title="t" width="1" height="1"></iframe>',
    '<iframe src="https://t.example/" title="t" style="display:none"></iframe>',
    '<iframe src="https://t.example/" title="t" hidden></iframe>',
    '<iframe src="javascript:alert(1)" title="t"></iframe>',
    '<iframe src="https://w.soundcloud.com/player/?url=javascript:alert(1)"></iframe>',
    '<iframe srcdoc="<p>t</p>" title="t"></iframe>',
    '<iframe src="/relative" title="t"></iframe>',
  ])("that shows nothing or is no web address is removed: %s", (html) => {
    expect(safeHtml(html, "")).toBeNull();
  });
});

import { describe, expect, test } from "vitest";
import { checkAddress } from "../../../src/delivery/addresses.ts";
import { FORBIDDEN, LOOPBACK } from "./forbidden-addresses.ts";

const PUBLIC = { allowLoopback: false };
const DEVELOPMENT = { allowLoopback: true };

const reason = (address: string, policy = PUBLIC) => {
  const check = checkAddress(address, policy);
  return check.ok ? `accepted as ${check.url}` : check.reason;
};

describe("refused", () => {
  test.each(Object.entries(FORBIDDEN))("%s", (expected, addresses) => {
    expect(addresses.filter((address) => reason(address) !== expected)).toEqual([]);
    expect(addresses.filter((address) => reason(address, DEVELOPMENT) !== expected)).toEqual([]);
  });

  test("loopback, in every spelling", () => {
    expect(LOOPBACK.filter((address) => reason(address) !== "must not lead to a loopback address")).toEqual(
      [],
    );
  });
});

describe("accepted, in the form the URL parser gives", () => {
  test.each([
    ["https://hooks.example.com", "https://hooks.example.com/"],
    ["https://hooks.example.com/a/b?token=1&x=%20", "https://hooks.example.com/a/b?token=1&x=%20"],
    ["HTTPS://Hooks.Example.COM:443/A", "https://hooks.example.com/A"],
    ["https://hooks.example.com:8443/", "https://hooks.example.com:8443/"],
    ["https://hooks.example.com/#part", "https://hooks.example.com/"],
    ["https://hooks.example.com/\\@127.0.0.1", "https://hooks.example.com//@127.0.0.1"],
    ["https://@hooks.example.com", "https://hooks.example.com/"],
    ["https://receiver.example/hook", "https://receiver.example/hook"],
    ["https://my_hooks.example.com", "https://my_hooks.example.com/"],
    ["https://bücher.example.com", "https://xn--bcher-kva.example.com/"],
    ["https://xəbər.az", "https://xn--xbr-dtbb.az/"],
    ["https://127.0.0.1.example.com", "https://127.0.0.1.example.com/"],
    ["https://localhost.example.com", "https://localhost.example.com/"],
    ["https://notlocalhost.com", "https://notlocalhost.com/"],
    ["https://mylocal.net", "https://mylocal.net/"],
    ["https://8.8.8.8/hook", "https://8.8.8.8/hook"],
    ["https://134744072", "https://8.8.8.8/"],
    ["https://172.15.255.255", "https://172.15.255.255/"],
    ["https://172.32.0.0", "https://172.32.0.0/"],
    ["https://100.63.255.255", "https://100.63.255.255/"],
    ["https://100.128.0.0", "https://100.128.0.0/"],
    ["https://223.255.255.255", "https://223.255.255.255/"],
    ["https://[2606:4700:4700::1111]/hook", "https://[2606:4700:4700::1111]/hook"],
    ["https://[2001:200::1]", "https://[2001:200::1]/"],
  ])("%s", (address, url) => {
    expect(checkAddress(address, PUBLIC)).toEqual({ ok: true, url });
    expect(checkAddress(address, DEVELOPMENT)).toEqual({ ok: true, url });
  });
});

describe("what may be read by http too", () => {
  const READ = { allowLoopback: false, allowHttp: true };

  test("is the same but for that, and at its own port", () => {
    expect(checkAddress("http://up.example.org/feed", READ)).toEqual({
      ok: true,
      url: "http://up.example.org/feed",
    });
    expect(checkAddress("http://up.example.org:80/", READ)).toEqual({
      ok: true,
      url: "http://up.example.org/",
    });
    expect(reason("http://up.example.org:8080/", READ)).toBe("must use port 80 for http");
    expect(reason("ftp://up.example.org/", READ)).toBe("must be an absolute http or https URL");
    expect(reason("http://up.example.org/")).toBe("must be an absolute https URL");
  });

  test("is no address that https may not lead to", () => {
    const refused = Object.values(FORBIDDEN)
      .flat()
      .filter((address) => URL.canParse(address));
    const hosts = refused
      .map((address) => new URL(address))
      .filter(({ protocol, port }) => protocol === "https:" && port === "");
    expect(hosts.length).toBeGreaterThan(50);
    expect(hosts.filter(({ href }) => checkAddress(href.replace("https:", "http:"), READ).ok)).toEqual([]);
  });
});

describe("development", () => {
  test("accepts loopback in every spelling, and calls it by the plain one", () => {
    const called = LOOPBACK.map((address) => checkAddress(address, DEVELOPMENT));
    const hosts = called.map((check) => (check.ok ? new URL(check.url).hostname : check.reason));
    const plain = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/;
    expect(hosts.filter((host) => !plain.test(host))).toEqual([]);
  });

  test("drops the fragment there too", () => {
    expect(checkAddress("http://localhost:9000/hook#part", DEVELOPMENT)).toEqual({
      ok: true,
      url: "http://localhost:9000/hook",
    });
  });
});

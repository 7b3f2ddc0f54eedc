/** Spellings of loopback that development may allow: 127.0.0.0/8, `[::1]` and `localhost`. */
export const LOOPBACK = words(`
  https://127.0.0.1 https://127.0.0.0 https://127.0.0.2 https://127.127.127.127 https://127.255.255.255
  https://127.1 https://127.0.1 https://127.65535 https://2130706433 https://2130706434 https://017700000001
  https://0x7f000001 https://0X7F000001 https://0x7f.1 https://0x7f.0.0.1 https://0x7f.0x0.0x0.0x1
  https://0177.1 https://0177.0.0.1 https://0177.0.0.01 https://00000177.0.0.1 https://127.0.0x0.01
  https://127.0.0.1. https://2130706433. https://127.1. https://0x7f.1.
  https://１２７.０.０.１ https://１２７．０．０．１ https://127。0。0。1 https://127｡0｡0｡1 https://２１３０７０６４３３
  https://①②⑦.⓪.⓪.① https://𝟏𝟐𝟕.𝟎.𝟎.𝟏 https://𝟙𝟚𝟟.𝟘.𝟘.𝟙 https://¹²⁷.⁰.⁰.¹ https://₁₂₇.₀.₀.₁ https://0ｘ7f.1
  https://%31%32%37.0.0.1 https://127%2E0%2E0%2E1 https://127%2e1 https://%30x7f.1 https://%EF%BC%91%EF%BC%92%EF%BC%97.1
  https://[::1] https://[0:0:0:0:0:0:0:1] https://[0000:0000:0000:0000:0000:0000:0000:0001] https://[::0001]
  https://[0::1] https://[::0:1] https://[::0.0.0.1] https://[0:0:0:0:0:0:0.0.0.1]
  https://localhost https://LOCALHOST https://LocalHost https://ｌｏｃａｌｈｏｓｔ https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ https://𝐥𝐨𝐜𝐚𝐥𝐡𝐨𝐬𝐭
  https://%6c%6f%63%61%6c%68%6f%73%74 https://loc%C2%ADalhost https://localhoſt
  https://127.0.0.1:443 https://127.0.0.1:8443 https://127.0.0.1:8787 https://[::1]:22 https://localhost:1
  http://127.0.0.1 http://127.0.0.1:9000 http://[::1]:9000 http://localhost http://localhost:8787/hook?a=b
  HTTPS://127.0.0.1 https:127.0.0.1 https:/127.0.0.1 https:///127.0.0.1 https:\\\\127.0.0.1 https:/\\127.0.0.1
  https://127.0.0.1/#@hooks.example.com https://127.0.0.1?@hooks.example.com https://127.0.0.1\\@hooks.example.com
`);

/** Everything else that no deployment may call, under the reason that is given. */
export const FORBIDDEN: Readonly<Record<string, string[]>> = {
  "must not lead to a loopback address": words(`
    https://hooks.localhost https://a.b.localhost https://127.0.0.1.localhost https://HOOKS.LOCALHOST
    https://localhost.localdomain https://hooks.localdomain https://localtest.me https://hooks.localtest.me
    https://lvh.me https://hooks.lvh.me https://hooks。localhost https://hooks.ｌｏｃａｌｈｏｓｔ http://hooks.localhost:8787
  `),
  "must not lead to an unspecified address": words(`
    https://0.0.0.0 https://0 https://0x0 https://00 https://0.0 https://0.0.0 https://0. https://0.0.0.1 https://1
    https://0.255.255.255 https://16777215 https://０ https://⓪ https://%30 http://0.0.0.0:8787
    https://[::] https://[0:0:0:0:0:0:0:0] https://[::0] https://[::0.0.0.0]
  `),
  "must not lead to a private address": words(`
    https://10.0.0.0 https://10.0.0.1 https://10.255.255.255 https://10.1 https://012.1 https://0xa.1
    https://167772161 https://0x0a000001 https://10。0。0。1 https://１０.0.0.1 https://10.0.0.1. https://10.0.0.1:8080
    https://172.16.0.0 https://172.16.0.1 https://172.31.255.255 https://0xac.0x10.0.1 https://0254.020.0.1
    https://2886729729 https://172.16.1 https://172.1048577
    https://192.168.0.0 https://192.168.0.1 https://192.168.255.255 https://192.168.1 https://0300.0250.0.1
    https://0xc0.0xa8.0x0.0x1 https://3232235521 https://0xC0A80001 https://１９２.１６８.0.1 http://192.168.0.1
    https://100.64.0.0 https://100.64.0.1 https://100.127.255.255 https://100.100.100.200
    https://0x64.0x40.1 https://1681915905
    https://[fc00::] https://[fc00::1] https://[fd00::1] https://[fd00:ec2::254] https://[FD00:EC2::254]
    https://[fd20:ce::254] https://[fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff] https://[fd00::10.0.0.1]
    https://[fec0::1] https://[feff:ffff::1]
  `),
  "must not lead to a link-local address": words(`
    https://169.254.0.0 https://169.254.169.254 https://169.254.170.2 https://169.254.255.255 https://2852039166
    https://0xa9fea9fe https://0xA9.0xFE.0xA9.0xFE https://0251.0376.0251.0376 https://025177524776
    https://169.254.43518 https://169.16689662 https://１６９.254.169.254 https://①⑥⑨.②⑤④.①⑥⑨.②⑤④
    https://169。254。169。254 https://%31%36%39.254.169.254 https://169.254.169.254. https://169.254.169.254:80
    http://169.254.169.254/latest/meta-data/
    https://[fe80::] https://[fe80::1] https://[FE80::1] https://[febf:ffff::1] https://[fe80::169.254.169.254]
  `),
  "must not lead to a multicast address": words(`
    https://224.0.0.0 https://224.0.0.251 https://239.255.255.250 https://239.255.255.255 https://0xe0.1
    https://3758096385 https://0340.0.0.1 https://[ff00::] https://[ff02::1] https://[ff02::fb] https://[ffff::1]
  `),
  "must not lead to a broadcast address": words(`
    https://255.255.255.255 https://4294967295 https://0xffffffff https://0377.0377.0377.0377 https://255.16777215
    https://037777777777
  `),
  "must not lead to a special-purpose address": words(`
    https://192.0.0.0 https://192.0.0.1 https://192.0.0.170 https://192.0.0.192 https://192.0.0.255 https://0xc0.1
    https://192.0.2.0 https://192.0.2.1 https://192.0.2.255 https://3221225985 https://198.51.100.0
    https://198.51.100.255 https://203.0.113.0 https://203.0.113.255 https://0xcb.0.0x71.1
    https://198.18.0.0 https://198.18.0.1 https://198.19.255.255 https://0xc6120001
    https://192.88.99.0 https://192.88.99.1 https://192.88.99.255 https://192.31.196.1 https://192.52.193.1
    https://192.175.48.1 https://240.0.0.0 https://240.0.0.1 https://255.255.255.254 https://0xf0.1 https://4026531841
    https://[2001:db8::] https://[2001:db8::1] https://[2001:0DB8::1] https://[2001:db8:ffff:ffff::1]
    https://[3fff::1] https://[3fff:fff::1] https://[2001:2::1] https://[2001:2:0:ffff::1] https://[2001:3::1]
    https://[2001:4:112::1] https://[2001:10::1] https://[2001:20::1] https://[2001:30::1] https://[2001:1::1]
    https://[2001:1ff::1] https://[2620:4f:8000::1] https://[100::1] https://[5f00::1] https://[4000::1]
    https://[8000::1] https://[c000::1] https://[e000::1] https://[200::1] https://[64:ff9c::1] https://[1::1]
  `),
  "must not lead to an IPv4 address within an IPv6 address": words(`
    https://[::ffff:127.0.0.1] https://[::ffff:7f00:1] https://[::FFFF:7F00:0001] https://[0:0:0:0:0:ffff:127.0.0.1]
    https://[0:0:0:0:0:ffff:7f00:1] https://[::ffff:10.0.0.1] https://[::ffff:a9fe:a9fe] https://[::ffff:0.0.0.0]
    https://[::ffff:8.8.8.8] https://[::ffff:808:808] https://[::ffff:127.0.0.1]:8787 http://[::ffff:127.0.0.1]
    https://[::127.0.0.1] https://[::7f00:1] https://[::10.0.0.1] https://[::a9fe:a9fe] https://[::8.8.8.8] https://[::2]
    https://[::ffff:0:127.0.0.1] https://[::ffff:0:7f00:1] https://[::ffff:0:8.8.8.8]
    https://[2002::] https://[2002:7f00:1::] https://[2002:7f00:1::1] https://[2002:a00:1::] https://[2002:a9fe:a9fe::]
    https://[2002:c0a8:1::] https://[2002:808:808::]
    https://[2001::] https://[2001:0::1] https://[2001:0:4136:e378:8000:63bf:3fff:fdd2] https://[2001::80ff:fffe]
    https://[64:ff9b::] https://[64:ff9b::127.0.0.1] https://[64:ff9b::7f00:1] https://[64:ff9b::10.0.0.1]
    https://[64:ff9b::a9fe:a9fe] https://[64:ff9b::8.8.8.8] https://[0064:FF9B::7F00:1]
    https://[64:ff9b:1::] https://[64:ff9b:1::127.0.0.1] https://[64:ff9b:1:ffff::a00:1] https://[64:ff9b:1::8.8.8.8]
  `),
  "must not lead to a cloud metadata service": words(`
    https://metadata.goog https://x.metadata.goog https://metadata.tencentyun.com https://METADATA.GOOG
    https://168.63.129.16 https://0xa8.0x3f.0x81.0x10 https://2822734096 https://168.63.129.16.
  `),
  "must not lead to a name for any address": words(`
    https://127.0.0.1.nip.io https://10-0-0-1.nip.io https://7f000001.nip.io https://nip.io
    https://127-0-0-1.sslip.io https://169.254.169.254.sslip.io https://127.0.0.1.xip.io
  `),
  "must not lead to a private name": words(`
    https://metadata.google.internal https://METADATA.Google.Internal https://instance-data.ec2.internal
    https://host.docker.internal https://metadata.google.ｉｎｔｅｒｎａｌ https://metadata。google。internal
    https://hooks.internal https://printer.local https://_http._tcp.local https://cluster.local
    https://api.default.svc.cluster.local https://kubernetes.default.svc https://router.home.arpa https://home.arpa
    https://1.0.0.127.in-addr.arpa https://ipv4only.arpa https://hooks.lan https://hooks.home https://hooks.corp
    https://hooks.intranet https://hooks.private http://hooks.internal
  `),
  "must not lead to a reserved name": words(`
    https://hooks.test https://a.b.test https://hooks.invalid https://hooks.alt https://hooks.TEST
    https://duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion
  `),
  "must not end its host name with a dot": words(`
    https://localhost. https://LOCALHOST. https://hooks.example.com. https://metadata.google.internal.
    https://hooks.example.com.:443 https://hooks.example.com。 https://localhost%2E https://hooks.test.
    https://hooks.example.com.. https://. https://127.0.0.1..
  `),
  "must have a full host name, such as hooks.example.com": words(`
    https://hooks https://metadata https://instance-data https://kubernetes https://rancher-metadata https://com
    https://ℙ https://xn--nxasmq6b https://hooks:8443 https://intranet-host http://hooks
  `),
  "must have a valid host name": [
    ...words(`
      https://hooks..example.com https://.example.com https://-hooks.example.com https://hooks-.example.com
      https://a+b.example.com https://a,b.example.com https://a=b.example.com https://a~b.example.com
      https://a!b.example.com https://a'b.example.com https://(a).example.com https://*.example.com https://a;b.example.com
    `),
    `https://${"a".repeat(64)}.example.com`,
    `https://${"a.".repeat(130)}example.com`,
  ],
  "must not carry a user name or a password": words(`
    https://user@hooks.example.com https://user:password@hooks.example.com https://:password@hooks.example.com
    https://hooks.example.com@127.0.0.1 https://hooks.example.com:443@127.0.0.1 https://a@b@hooks.example.com
    https://%40@hooks.example.com https://user@localhost https://user@[::1] https://hooks.example.com%40@10.0.0.1
  `),
  "must use port 443 or 8443": words(`
    https://hooks.example.com:80 https://hooks.example.com:0 https://hooks.example.com:1 https://hooks.example.com:22
    https://hooks.example.com:25 https://hooks.example.com:444 https://hooks.example.com:2375 https://hooks.example.com:3306
    https://hooks.example.com:5432 https://hooks.example.com:6379 https://hooks.example.com:8080
    https://hooks.example.com:9200 https://hooks.example.com:10250 https://hooks.example.com:11211
    https://hooks.example.com:27017 https://hooks.example.com:65535 https://8.8.8.8:8080 https://[2606:4700::1111]:22
  `),
  "must be an absolute https URL": [
    "",
    " ",
    "https://example .com",
    "https://hooks\u0000.example.com",
    ...words(`
      hooks.example.com /hooks //hooks.example.com https https: https:// https://? https://# https://:443 https://@
      http://hooks.example.com http://hooks.example.com:443 http://8.8.8.8 HTTP://hooks.example.com
      ftp://hooks.example.com ws://hooks.example.com wss://hooks.example.com file:///etc/passwd file://127.0.0.1/x
      data:text/plain,x javascript:alert(1) blob:https://hooks.example.com/x gopher://127.0.0.1:6379/_x
      unix:/var/run/docker.sock about:blank mailto:a@hooks.example.com ldap://127.0.0.1 dict://127.0.0.1:11211
      https://[ https://[] https://[::1 https://[:::1] https://[::1%25eth0] https://[fe80::1%25eth0] https://[fe80::1%eth0]
      https://[::1%251] https://[fe80::1%1] https://[v1.a] https://[127.0.0.1] https://[::ffff:0x7f.0.0.1]
      https://[::ffff:127.1] https://[::ffff:0177.0.0.1] https://[::ffff:256.0.0.1] https://[1:2:3:4:5:6:7:8:9]
      https://[::1]x https://256.0.0.1 https://127.0.0.256 https://1.2.3.4.5 https://4294967296 https://0x100000000
      https://08.0.0.1 https://0x7g.0.0.1 https://1..1 https://hooks.1 https://hooks.0x7f
      https://hooks.example.com:65536 https://hooks.example.com:-1 https://hooks.example.com:abc https://127.0.0.1:99999
      https://hooks%20.example.com https://hooks%00.example.com https://hooks%2f.example.com https://%5B::1%5D
      https://127.0.0.1%23.example.com https://a|b.example.com https://a^b.example.com https://a<b.example.com
      https://\u00ad https://%C2%AD
    `),
  ],
};

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

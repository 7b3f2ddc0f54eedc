const MINISTRY =
  /^Ministry of (?<subject>.+?) of (?<country>(?:the )?(?:Republic|Kingdom|State|Sultanate|Emirate) of \p{Lu}.*|(?:the )?\p{Lu}.*)$/u;
const FORM_OF_STATE = /^(?:the )?(?:(?:Republic|Kingdom|State|Sultanate|Emirate) of )?(?:the )?/u;

/**
 * The other ways in which English writes a ministry of a country, and the minister who speaks for it: of "Ministry
 * of Culture of the Republic of Azerbaijan" among them "Azerbaijan's Culture Ministry" and "Azerbaijani Deputy
 * Minister of Culture". Each names the country, so none of them is another country's.
 */
export function ministryNames(name: string): string[] {
  const { subject, country } = MINISTRY.exec(name)?.groups ?? {};
  if (!subject || !country) return [];
  const short = country.replace(FORM_OF_STATE, "");
  const heads = [
    ...[`Ministry of ${subject}`, `${subject} Ministry`],
    ...["", "Deputy ", "First Deputy "].flatMap((rank) => [
      `${rank}Minister of ${subject}`,
      `${rank}${subject} Minister`,
    ]),
  ];
  const before = [`${short}'s`, short, ...(short.includes(" ") ? [] : [`${short}i`, `${short}n`])];
  const after = [...new Set([short, country])];
  return heads.flatMap((head) => [
    ...before.map((whose) => `${whose} ${head}`),
    ...after.map((whose) => `${head} of ${whose}`),
  ]);
}

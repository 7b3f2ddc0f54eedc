/** Pages as a reader copies them, made for these tests after what is known of five real ones. */
export const DOCUMENTS = {
  seminar: `Azernews.Az
Home > Culture
Search

ICESCO Regional Office in Baku holds first seminar on culture and science [PHOTOS]
18 July 2025 19:00 (UTC+04:00)
By Laman Ismayilova
Read more
1 / 3
Guests of the seminar in Baku
Next

A first seminar on cooperation in culture, education and science was held at ICESCO's Regional Office in Baku, Azernews reports.

The office, which opened on 29 April 2025, covers Azerbaijan, Uzbekistan, Tajikistan, Kazakhstan and Kyrgyzstan. Its director Abdulhakeem Al-Senan welcomed the guests.

Azerbaijan's Deputy Minister of Culture Farid Jafarov recalled that Shusha was Capital of Islamic Culture for 2024. Uzbekistan's Ministry of Culture sent greetings.

Proposals concern the Organization of Islamic Cooperation, the Islamic Development Bank, the Parliamentary Union of the OIC Member States and the Islamic Cooperation Youth Forum. The next seminar is to be held on 28 July 2025.

---
Here we are to serve you with news right now. It does not cost much, but worth your attention.
Choose to support open, independent, quality journalism and subscribe on a monthly basis.
By subscribing to our online newspaper, you can have full digital access to all news, analysis, and much more.
Subscribe
You can also follow AzerNEWS on Twitter @AzerNewsAz or Facebook @AzerNewsNewspaper
Thank you!
Related News
UNESCO and TURKSOY to hold exhibition in Paris
12:40
Council of Europe names new envoy
Loading...
`,
  unaoc: `Culture Minister and High Representative discuss prospects for cooperation
17 December 2025 13:11 (UTC+04:00)

Laman Ismayilova
Read more
Culture Minister and High Representative discuss prospects for cooperation

Azerbaijan Culture Minister Adil Karimli has met with the High Representative for the United Nations Alliance of Civilizations (UNAOC), Miguel Ángel Moratinos.

The sides spoke of the 7th World Forum on Intercultural Dialogue, to be held in Baku in 2026 together with UNAOC, and of the 12th Global Forum of the UN Alliance of Civilizations, planned for 2027.

Laman Ismayilova is AzerNEWS’ staff journalist, follow her on Twitter: @Laman_Ismayilova
Follow us on Twitter @AzerNewsAz
245 views
Share: Facebook Twitter Telegram
`,
  communique: `Trend News Agency
Baku communiqué on creative industries adopted within OIC festival
9 December 2025

BAKU, Azerbaijan, December 9. The Baku communiqué on creative industries has been adopted within the “OIC Cultural Festival – Baku Creative Week 2025”, Trend reports.

It was issued by Tarig Ali Bakheet, Assistant Secretary-General of the OIC. The festival runs from 5 to 11 December 2025 and includes:
MYFORUM
MYEXPO – Creative Village
Baku Cinema Breeze 2025
Eastern Fashion Show

The text calls for cooperation in digital innovation, entrepreneurship, heritage and responsible use of new technologies.
Follow us on Telegram
Latest
UNESCO opens new office
Tourism grows in region
`,
  isesco: `Ministry of Culture of the Republic of Azerbaijan

ISESCO

The partnership began with the cooperation protocol that was signed in September 2006 with the Ministry of Culture and Tourism of Azerbaijan.

The Sixth Conference of Ministers of Culture of Islamic countries was held in Baku on 13–15 October 2009, and there the Baku Process went on.

The first World Forum on Intercultural Dialogue was held on 7-9 April 2011 in partnership with UNESCO, the UN Alliance of Civilizations, the World Tourism Organization, the Council of Europe, the North-South Center of the Council of Europe and ISESCO. The National Commission met in January 2016.

© 2016 Ministry of Culture of the Republic of Azerbaijan. All rights reserved
`,
  zomin: `AZERNEWS
ICESCO Director-General meets president of Turkic Culture and Heritage Foundation
30 June 2024 18:00 (UTC+04:00)
Read more

ICESCO Director-General Salim bin Mohammed AlMalik has met with Aktoty Raimkulova, president of the Turkic Culture and Heritage Foundation, in Zomin, Uzbekistan.

The meeting took place at the 2nd Maqom Art International Forum, held under the auspices of UNESCO and ICESCO and opened by the Ministry of Culture of Uzbekistan.

It builds on the memorandum of 13 June 2024 between ICESCO and the Organization of Turkic States (OTS). The foundation, created in 2012, works with TURKSOY and the Turkic Academy.

ICESCO works with the Organization of Islamic Cooperation, the Islamic Development Bank, the Parliamentary Union of the OIC Member States and the Islamic Cooperation Youth Forum.
Loading…
`,
} as const;

/**
 * Full month names of many languages (from CLDR), without those that mean different months in two of them, and English
 * abbreviations. No other abbreviations: they clash between languages (Finnish `Marras` is November). A table, because
 * `Intl` on Workers lacks some of these languages.
 */
const NAMES: readonly string[] = [
  "january januar janvier enero janeiro gennaio januari gener ianuarie styczeń stycznia leden ledna január januára siječanj siječnja јануар јануари януари январь января січень січня студзень студзеня sausis sausio janvāris jaanuar tammikuu tammikuuta janúar ιανουαρίου ocak yanvar јанвар январ қаңтар ýanwar հունվար հունվարի იანვარი يناير ژانویه ژانویهٔ ינואר जनवरी janar urtarrila xaneiro eanáir ionawr januarie jan جانفي",
  "february februar février febrero fevereiro febbraio februari febrer februarie luty lutego únor února február februára veljača veljače фебруар февруари февраль февраля лютий лютого люты лютага vasaris vasario februāris veebruar helmikuu helmikuuta febrúar φεβρουαρίου şubat fevral феврал ақпан fewral փետրվար փետրվարի თებერვალი فبراير شباط فوریه فوریهٔ פברואר फ़रवरी shkurt otsaila febreiro feabhra chwefror feb فيفري",
  "march märz mars marzo março maart març martie marzec marca březen března marec ožujak ožujka март mart марта березень березня сакавік сакавіка kovas kovo marts märts maaliskuu maaliskuuta március μαρτίου наурыз մարտ մարտի მარტი مارس آذار מרץ मार्च maret mac machi martxoa márta mawrth mar",
  "april avril abril aprile d'abril aprilie kwiecień kwietnia duben dubna apríl apríla travanj travnja април апрель апреля квітень квітня красавік красавіка balandis balandžio aprīlis aprill huhtikuu huhtikuuta április απριλίου nisan aprel апрел сәуір ապրիլ ապրիլի აპრილი أبريل نيسان آوریل אפריל अप्रैल aprili prill apirila aibreán ebrill apr أفريل",
  "may mai mayo maio maggio mei maig maj maja květen května máj mája svibanj svibnja мај май мая травень травня gegužė gegužės maijs toukokuu toukokuuta maí május μαΐου mayıs мамыр maý մայիս մայիսի მაისი مايو ماي أيار مه مهٔ מאי मई maiatza bealtaine",
  "june juni juin junio junho giugno juny iunie czerwiec czerwca červen června jún júna junij lipanj lipnja јун jun јуни юни июнь июня червень червня чэрвень чэрвеня birželis birželio jūnijs juuni kesäkuu kesäkuuta júní június ιουνίου haziran iyun ијун июн маусым iýun հունիս հունիսի ივნისი يونيو حزيران ژوئن יוני जून qershor ekaina xuño meitheamh mehefin junie جوان",
  "july juli juillet julio julho luglio juliol iulie lipiec lipca červenec července júl júla julij srpanj srpnja јул jul јули юли июль июля липень липня ліпень ліпеня liepa liepos jūlijs juuli heinäkuu heinäkuuta júlí július ιουλίου temmuz iyul ијул июл шілде iýul հուլիս հուլիսի ივლისი يوليو يوليوز تموز ژوئیه ژوئیهٔ יולי जुलाई julai korrik uztaila xullo iúil gorffennaf julie جويلية",
  "august août agosto augustus agost d'agost sierpień sierpnia srpen srpna augusta avgust kolovoz kolovoza август августа серпень серпня жнівень жніўня rugpjūtis rugpjūčio augusts elokuu elokuuta augusti ágúst augusztus αυγούστου ağustos avqust тамыз awgust օգոստոս օգոստոսի აგვისტო أغسطس غشت آب اوت אוגוסט अगस्त agustus ogos agosti gusht abuztua lúnasa awst aug أوت",
  "september septembre septiembre setembro settembre setembre septembrie wrzesień września září septembra rujan rujna септембар septembar септември сентябрь сентября вересень вересня верасень верасня rugsėjis rugsėjo septembris syyskuu syyskuuta szeptember σεπτεμβρίου eylül sentyabr сентјабр sentabr сентябр қыркүйек sentýabr սեպտեմբեր սեպտեմբերի სექტემბერი سبتمبر شتنبر أيلول سپتامبر ספטמבר सितंबर septemba shtator iraila medi sep sept",
  "october oktober octobre octubre outubro ottobre d'octubre octombrie październik października říjen října október októbra октобар oktobar октомври октябрь октября жовтень жовтня кастрычнік кастрычніка spalis spalio oktobris oktoober lokakuu lokakuuta οκτωβρίου ekim oktyabr октјабр oktabr октябр қазан oktýabr հոկտեմբեր հոկտեմբերի ოქტომბერი أكتوبر اکتبر אוקטובר अक्टूबर oktoba tetor urria hydref oct",
  "november novembre noviembre novembro noiembrie listopadu novembra studeni studenoga новембар novembar ноември ноябрь ноября листопад листопада лістапад лістапада lapkritis lapkričio novembris marraskuu marraskuuta nóvember νοεμβρίου kasım noyabr нојабр ноябр қараша noýabr նոյեմբեր նոյեմբերի ნოემბერი نوفمبر نونبر نوامبر נובמבר नवंबर novemba nëntor azaroa samhain tachwedd nov",
  "december dezember décembre diciembre dezembro dicembre desembre decembrie grudzień grudnia prosinec prosince decembra prosinac prosinca децембар decembar декември декабрь декабря грудень грудня снежань снежня gruodis gruodžio decembris detsember joulukuu joulukuuta desember δεκεμβρίου aralık dekabr декабр желтоқсан դեկտեմբեր դեկտեմբերի დეკემბერი ديسمبر دجنبر دسامبر דצמבר दिसंबर disember desemba dhjetor abendua decembro nollaig rhagfyr dec",
];

/** A name for comparison: capitals lose the difference between `i` and `ı`. */
const plain = (word: string): string =>
  word
    .normalize("NFC")
    .toLowerCase()
    .replace(/\.|\u0307|\u200e|\u200f/g, "")
    .replaceAll("’", "'")
    .replaceAll("ı", "i");

const MONTHS: ReadonlyMap<string, number> = new Map(
  NAMES.flatMap((names, index) => names.split(" ").map((name) => [plain(name), index + 1] as const)),
);

/** The month that a word names, from 1; 0 when it names none. */
export const monthNamed = (word: string): number => MONTHS.get(plain(word)) ?? 0;

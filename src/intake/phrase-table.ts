/**
 * What pages write around an article, by what it is for; in the languages of the pages that are copied: English,
 * Azerbaijani, Turkish, Uzbek, Kazakh, Kyrgyz, Tajik, Turkmen, Russian, Ukrainian, Arabic, Persian, Hebrew, French,
 * German, Spanish, Portuguese, Italian, Chinese and Japanese. They are compared as `words.ts` folds them.
 */
export const PHRASES = {
  /** Says of a date that it is the day of publication. */
  published: `published|published on|published at|posted|posted on|posted at|created|date published|publication date|first published
|date of publication|issued|publish date|released|release date|published online
|dərc olunub|dərc edilib|dərc olundu|yayımlanıb|dərc tarixi|yerləşdirilib|nəşr tarixi|yayımlanma tarixi|yayımlandı
|yayınlanma|yayınlanma tarihi|yayınlanma zamanı|yayın tarihi|giriş tarihi|eklenme|eklenme tarihi|yayımlanma tarihi
|oluşturulma|oluşturulma tarihi|haber tarihi|haber giriş|yayınlandı|tarihinde yayınlandı|tarihinde yayımlandı
|e'lon qilingan|e'lon qilindi|chop etilgan|joylangan|joylashtirilgan|nashr etilgan|e'lon qilingan sana|эълон қилинган|эълон қилинди|чоп этилган
|жарияланды|жарияланған|жарияланған күні|жарияланым күні|жарыяланган|жарыяланды|жарыяланган күнү
|нашр шуд|нашр шудааст|санаи нашр|таърихи нашр|санаи интишор|интишор шуд|çap edildi|çap edilen|ýerleşdirilen|neşir edildi|çap edilen senesi
|опубликовано|дата публикации|опубликована|опубликован|размещено|добавлено|публикация|время публикации|дата размещения
|опубліковано|дата публікації|розміщено|додано|опублікована
|نشر|نشر في|نشر بتاريخ|تاريخ النشر|تم النشر|تم النشر في|نشرت في|صدر في|نشر يوم|تم نشره|تم نشره في|منشور في|تاريخ نشر|وقت النشر
|منتشر شده|منتشر شده در|منتشر شد|تاریخ انتشار|زمان انتشار|انتشار|انتشار در|تاریخ درج|تاریخ خبر
|פורסם|פורסם ב|תאריך פרסום|פורסם בתאריך|פורסם ביום|מועד פרסום|פורסמה
|publié|publié le|publiée le|publie|mis en ligne|mis en ligne le|date de publication|paru le|posté le|publication|date de parution
|veröffentlicht|veröffentlicht am|erschienen|erschienen am|erstellt am|veröffentlichungsdatum|publiziert|publiziert am|veröffentlicht von
|publicado|publicado el|publicada el|publicado en|fecha de publicación|publicada|publicado a las
|publicado em|publicada em|data de publicação|publicado a|postado em|publicação
|pubblicato|pubblicato il|pubblicata il|data di pubblicazione|pubblicazione|pubblicato in data
|发布时间|发布日期|发布于|发表于|发布|发表时间|發布時間|發布日期|刊登日期|公開日|掲載日|投稿日|公開|配信|掲載|発表日|配信日|公開日時|配信日時`,
  /** Says of a date that it is some day of the article, and no more. */
  dated: `date|tarix|tarixi|tarih|tarihi|sana|сана|күні|күнү|таърих|senesi|дата|تاريخ|التاريخ|تاریخ|תאריך|datum|fecha|data|日期|时间|日付|日時`,
  /** Says of a date that it is the day of a change. */
  updated: `updated|last updated|modified|last modified|edited|last edited|updated on|updated at|revised|last revised|last reviewed|changed|last changed|last update|last change|corrected
|yenilənib|yeniləndi|son yenilənmə|dəyişdirilib|yenilənmə tarixi|düzəliş edilib|son düzəliş|yenilənmə
|güncellenme|güncelleme|son güncelleme|güncellendi|güncelleme tarihi|güncellenme tarihi|son güncellenme|düzenleme|son güncelleme tarihi
|yangilangan|yangilandi|oxirgi yangilanish|so'nggi yangilanish|o'zgartirilgan|янгиланган|янгиланди|сўнгги янгиланиш|охирги янгиланиш
|жаңартылды|жаңартылған|соңғы жаңарту|жаңартылған күні|өзгертілген|жаңыланды|жаңыртылган|жаңыртылды|акыркы жаңыртуу|өзгөртүлгөн
|нав карда шуд|навсозӣ шуд|навсозӣ|таҷдид шуд|тағйир дода шуд|täzelendi|täzelenen|soňky täzelenme|üýtgedildi
|обновлено|изменено|последнее обновление|дата обновления|обновлён|обновлена|дата изменения|отредактировано|последнее изменение|обновление|исправлено
|оновлено|змінено|останнє оновлення|дата оновлення|останні зміни|відредаговано
|تحديث|آخر تحديث|تم التحديث|تم التحديث في|تم تحديثه|حدث في|عدل في|تاريخ التحديث|تم التعديل|تاريخ آخر تحديث|آخر تعديل|محدث
|به روز رسانی|به‌روزرسانی|بروزرسانی|به روز شده|به‌روز شده|به روز شده در|آخرین به روز رسانی|آخرین به‌روزرسانی|آخرین بروزرسانی|ویرایش|آخرین ویرایش
|עודכן|עודכן ב|עדכון אחרון|עודכן לאחרונה|עודכן בתאריך|עודכנה
|mis à jour|mis à jour le|mise à jour|mise à jour le|modifié|modifié le|dernière mise à jour|actualisé|actualisé le|dernière modification|corrigé le
|aktualisiert|aktualisiert am|zuletzt aktualisiert|geändert|geändert am|stand|letzte aktualisierung|zuletzt geändert|letzte änderung|zuletzt bearbeitet
|actualizado|actualizado el|última actualización|modificado|modificado el|actualizada el|actualización|última modificación
|atualizado|atualizado em|última atualização|modificado em|atualizada em|actualizado em|atualização
|aggiornato|aggiornato il|ultimo aggiornamento|modificato il|ultima modifica|aggiornamento|aggiornata il
|更新时间|更新日期|更新于|最后更新|最近更新|更新|修改时间|最後更新|更新日|最終更新|最終更新日|更新日時`,
  /** Says of a date that it is of what is written about, or of the reader's copy. */
  event: `deadline|application deadline|due|due date|closing date|when|event date|date of event|date of the event|starts|start date|begins|opening|opens|ends|end date|until|valid until|apply by|register by|save the date|printed|printed on|print date|retrieved|accessed|archived|today|date and time|premiere|born|died
|son tarix|son müraciət|son müraciət tarixi|keçirilmə tarixi|tədbirin tarixi|başlama tarixi|açılış|bu gün|son başvuru|son başvuru tarihi|etkinlik tarihi|başlangıç|bugün|çap tarixi
|muddat|oxirgi muddat|tadbir sanasi|boshlanishi|ochilishi|bugun|муддат|тадбир санаси|бошланиши|бугун|мерзімі|соңғы мерзім|өтетін күні|басталуы|бүгін|мөөнөтү|акыркы мөөнөт|өтүүчү күнү|башталышы|бүгүн|мӯҳлат|санаи баргузорӣ|имрӯз|möhleti|geçirilýän senesi|şu gün
|срок|крайний срок|срок подачи|дедлайн|до|дата проведения|дата мероприятия|начало|начало мероприятия|когда|открытие|сегодня|дата печати|приём заявок до|строк|термін|кінцевий термін|дата проведення|початок|коли|сьогодні
|الموعد النهائي|آخر موعد|آخر أجل|موعد|الموعد|تاريخ الفعالية|تاريخ الانعقاد|يبدأ في|اليوم|حتى|مهلت|آخرین مهلت|تاریخ برگزاری|زمان برگزاری|امروز|تا|מועד אחרון|תאריך האירוע|מתי|היום|עד
|date limite|clôture|ouverture|début|jusqu'au|date de l'événement|aujourd'hui|quand|imprimé le|frist|einsendeschluss|bewerbungsschluss|anmeldeschluss|beginn|termin|wann|bis|heute|eröffnung|abgerufen am
|fecha límite|plazo|cierre|cuándo|inicio|hasta|apertura|fecha del evento|hoy|prazo|data limite|quando|início|até|encerramento|data do evento|hoje|scadenza|termine|inizio|fino al|apertura|data dell'evento|oggi
|截止|截止日期|截止时间|开幕|举办时间|活动时间|会议时间|今天|今日|締切|締め切り|開催日|会期|開幕|本日`,
  /** Introduces who wrote it. */
  by: `by|author|authors|written by|reported by|words by|text by|story by|posted by|published by author
|müəllif|müəlliflər|yazar|yazan|haber|muallif|mualliflar|муаллиф|автор|авторы|авторлар|муаллифон|awtor|awtory|автори|текст|подготовил|подготовила|підготував|підготувала
|بقلم|الكاتب|كتب|كتبت|إعداد|الكاتبة|نویسنده|به قلم|گزارش از|נכתב על ידי|מאת|כתב|par|auteur|auteure|écrit par|von|autor|autorin|text von|por|autora|escrito por|di|autore|autrice|scritto da|作者|记者|撰文|文|記者|筆者|文責`,
  /** Introduces who published it. */
  source: `source|publisher|published by|mənbə|kaynak|manba|манба|дереккөз|дереккөзі|булак|сарчашма|манбаъ|çeşme|источник|издатель|джерело|видавець
|المصدر|مصدر|الناشر|منبع|מקור|quelle|herausgeber|fuente|fonte|来源|稿源|來源|出典|提供元|发布者`,
  /** Stands at the end of a teaser, or leads elsewhere. */
  control: `read more|learn more|see more|show more|view more|find out more|full story|read full story|continue reading|go back|back|more|details
|ətraflı|davamı|davamını oxu|daha çox|geri|daha ətraflı|devamı|devamını oku|daha fazla|daha fazla oku|geri dön|batafsil|ko'proq|batafsil o'qish|батафсил|кўпроқ
|толығырақ|ары қарай|толық оқу|артқа|толугураак|кененирээк|артка|муфассал|бештар|муфассалтар|giňişleýin
|читать далее|подробнее|далее|читать полностью|читать дальше|назад|узнать больше|читати далі|детальніше|докладніше
|اقرأ المزيد|إقرأ المزيد|المزيد|عودة|رجوع|قراءة المزيد|ادامه مطلب|بیشتر|بازگشت|بیشتر بخوانید|קרא עוד|קראו עוד|להמשך קריאה|חזרה|למידע נוסף
|lire la suite|en savoir plus|lire plus|retour|voir plus|weiterlesen|mehr lesen|mehr erfahren|zurück|leer más|ver más|seguir leyendo|volver|saber más
|leia mais|ler mais|saiba mais|voltar|ver mais|leggi tutto|continua a leggere|leggi di più|scopri di più|indietro|阅读全文|查看更多|更多|返回|续き|続きを読む|もっと見る|戻る`,
  /** With a name behind it, leads back there. */
  back: `back to|return to|go to|geri|вернуться к|вернуться в|назад к|назад в|العودة إلى|retour à|retour aux|zurück zu|zurück zur|volver a|voltar para|torna a|torna alla`,
  /** Heads what readers say. */
  comments: `comment|comments|leave a comment|leave a reply|post a comment|add a comment|add comment|write a comment|leave your comment|join the discussion|join the conversation|discussion|reader comments|responses|reply|replies
|şərh|şərhlər|şərh yaz|şərh yazın|rəylər|rəy|rəy bildir|yorum|yorumlar|yorum yap|yorum yaz|yorum bırak|okur yorumları
|izoh|izohlar|fikrlar|izoh qoldirish|izoh qoldiring|изоҳ|изоҳлар|фикрлар|изоҳ қолдиринг|пікір|пікірлер|пікір қалдыру|пікір қосу|комментарийлер|пикир|пикирлер|пикир калтыруу|шарҳ|шарҳҳо|назарҳо|teswir|teswirler
|комментарий|комментария|комментарии|комментариев|оставить комментарий|добавить комментарий|обсуждение|написать комментарий|коментар|коментарі|коментарів|залишити коментар|додати коментар|обговорення
|تعليق|تعليقات|التعليقات|اترك تعليقا|اترك تعليقك|أضف تعليقا|أضف تعليق|اترك رد|اترك ردا|شارك برأيك|نظر|نظرات|نظر دهید|دیدگاه|دیدگاه ها|دیدگاه‌ها|دیدگاهها|ارسال نظر|نظرات کاربران|ثبت نظر|نظر شما
|תגובה|תגובות|הוסף תגובה|הוספת תגובה|כתוב תגובה|השאר תגובה|commentaire|commentaires|laisser un commentaire|ajouter un commentaire|réagir|réactions|vos réactions|laissez un commentaire
|kommentar|kommentare|kommentar schreiben|kommentar verfassen|schreibe einen kommentar|schreiben sie einen kommentar|diskussion|leserkommentare|comentario|comentarios|deja un comentario|dejar un comentario|deja una respuesta|añadir comentario
|comentário|comentários|deixe um comentário|deixe uma resposta|deixe o seu comentário|commento|commenti|lascia un commento|scrivi un commento|评论|评论区|发表评论|网友评论|留言|最新评论|我要评论|コメント|コメントする|コメントを残す|コメント一覧`,
  /** Heads what else there is to read. */
  related: `related|see also|read also|read next|you may also like|you may like|you might also like|you might like|also read|also see|you might be interested in
|oxşar xəbərlər|digər xəbərlər|son xəbərlər|həmçinin oxuyun|bunu da oxuyun|xəbər lenti|ən çox oxunan|ən çox oxunanlar|ən çox oxunan xəbərlər|əlaqəli xəbərlər|əlaqəli məqalələr|bənzər xəbərlər|oxşar yazılar|xəbərlər|maraqlı xəbərlər|tövsiyə edirik|bölmənin digər xəbərləri|bu mövzuda|mövzuya aid|günün xəbərləri|seçilmiş xəbərlər|oxşar məqalələr
|ilgili haberler|benzer haberler|son haberler|diğer haberler|çok okunanlar|en çok okunanlar|en çok okunan haberler|öne çıkanlar|öne çıkan haberler|bunlar da ilginizi çekebilir|ilginizi çekebilir|son dakika|son dakika haberleri|önerilen haberler|ayrıca okuyun|bunları da okuyun|bunlara da bakın|sıradaki haberler|popüler haberler|günün haberleri|ilgili yazılar|ilgili içerikler
|o'xshash yangiliklar|so'nggi yangiliklar|boshqa yangiliklar|mavzuga oid|mavzuga oid yangiliklar|mavzuga doir|shuningdek o'qing|eng ko'p o'qilganlar|eng ko'p o'qilgan|tavsiya etamiz|o'xshash maqolalar|сўнгги янгиликлар|бошқа янгиликлар|мавзуга оид|шунингдек ўқинг|энг кўп ўқилганлар|ўхшаш янгиликлар
|ұқсас жаңалықтар|соңғы жаңалықтар|басқа жаңалықтар|тағы оқыңыз|сондай-ақ оқыңыз|оқи отырыңыз|ең көп оқылған|ең көп оқылғандар|тақырып бойынша|осы тақырыпта|ұсынамыз|ұқсас мақалалар
|окшош жаңылыктар|акыркы жаңылыктар|башка жаңылыктар|дагы окуңуз|ошондой эле окуңуз|көп окулган|көп окулгандар|тема боюнча|окшош макалалар
|хабарҳои монанд|хабарҳои охирин|дигар хабарҳо|хабарҳои дигар|инчунин хонед|ҳамчунин хонед|маводи монанд|серхондатарин|хабарҳои тоза|meňzeş habarlar|soňky habarlar|beýleki habarlar|şeýle hem okaň|iň köp okalanlar
|читайте также|читать также|похожие новости|другие новости|последние новости|по теме|материалы по теме|новости по теме|самое читаемое|популярное|лента новостей|рекомендуем|смотрите также|ещё по теме|новости партнёров|вам может быть интересно|вас может заинтересовать|популярные новости|все новости|другие материалы|свежие новости|также по теме|связанные новости|главные новости|похожие материалы|похожие статьи|читайте ещё|топ новостей|ещё новости|другие статьи|рекомендуемые материалы|это интересно|самое популярное
|читайте також|схожі новини|інші новини|останні новини|за темою|по темі|новини за темою|популярне|дивіться також|рекомендуємо|стрічка новин|матеріали за темою|найпопулярніше|вас може зацікавити|схожі матеріали|ще новини
|أخبار ذات صلة|مواضيع ذات صلة|اقرأ أيضا|إقرأ أيضا|اقرأ ايضا|آخر الأخبار|المزيد من الأخبار|الأكثر قراءة|أخبار أخرى|قد يهمك|قد يهمك أيضا|قد يعجبك|قد يعجبك أيضا|مقالات ذات صلة|شاهد أيضا|الأكثر مشاهدة|موضوعات ذات صلة|أخبار متعلقة|أحدث الأخبار|ذات صلة|مواضيع متعلقة|مقالات أخرى|اخترنا لك|أهم الأخبار
|اخبار مرتبط|مطالب مرتبط|آخرین اخبار|پربازدیدترین|پربازدیدترین ها|پربازدیدها|بیشتر بخوانید|اخبار دیگر|همچنین بخوانید|مطالب پیشنهادی|خبرهای مرتبط|پربیننده ترین|پربیننده‌ترین|تازه ترین خبرها|سایر اخبار|خبرهای دیگر
|כתבות נוספות|חדשות נוספות|כתבות קשורות|כתבות בנושא|עוד בנושא|קראו גם|קרא גם|ידיעות קשורות|הנקראות ביותר|עוד חדשות|אולי יעניין אותך|אולי יעניין אתכם|חדשות אחרונות|ידיעות נוספות|מאמרים נוספים
|à lire aussi|à lire également|lire aussi|lire également|articles liés|sur le même sujet|dernières actualités|articles similaires|les plus lus|voir aussi|à voir aussi|dans la même rubrique|actualités|actualités liées|dernières nouvelles|autres articles|à la une|vous aimerez aussi|articles connexes|plus d'actualités|les plus consultés|dernières infos|nos autres articles|les derniers articles
|lesen sie auch|mehr zum thema|zum thema|ähnliche artikel|ähnliche beiträge|verwandte artikel|meistgelesen|meistgelesene artikel|das könnte sie auch interessieren|das könnte sie interessieren|weitere nachrichten|weitere meldungen|weitere themen|aktuelle nachrichten|auch interessant|weitere artikel|siehe auch|empfohlene artikel|neueste nachrichten|neueste beiträge|aktuelle meldungen|mehr nachrichten|weitere news|verwandte themen
|noticias relacionadas|lea también|lee también|lea además|artículos relacionados|últimas noticias|más noticias|más leídas|las más leídas|lo más leído|te puede interesar|también te puede interesar|ver también|otras noticias|lo más visto|le puede interesar|contenido relacionado|relacionados|relacionadas|puede interesarte|te recomendamos
|notícias relacionadas|leia também|artigos relacionados|últimas notícias|mais notícias|mais lidas|as mais lidas|veja também|outras notícias|mais lidos|conteúdo relacionado|você pode gostar
|leggi anche|notizie correlate|articoli correlati|ultime notizie|altre notizie|più letti|più lette|i più letti|vedi anche|potrebbe interessarti|potrebbe interessarti anche|ti potrebbe interessare|correlati|le più lette|potrebbero interessarti
|相关新闻|相关阅读|相关文章|相关报道|推荐阅读|热门新闻|最新新闻|更多新闻|延伸阅读|热点新闻|猜你喜欢|相關新聞|推薦閱讀|相关链接|最新消息|热门文章|热门推荐|新闻排行|精彩推荐
|関連記事|関連ニュース|関連リンク|おすすめ記事|人気記事|最新ニュース|あわせて読みたい|ランキング|アクセスランキング|新着記事|新着ニュース|最新記事|こちらもおすすめ|その他のニュース`,
  /** Heads what a site says of itself. */
  foot: `about us|contact|contacts|contact us|contact information|about the author|notes to editors|note to editors|media contact|media contacts|press contact|press contacts|for media inquiries|media inquiries|for more information|legal notice|terms of use|privacy policy|our partners|partners|newsletter|subscribe to our newsletter|follow us|boilerplate|ends
|haqqımızda|əlaqə|redaksiya|bizimlə əlaqə|tərəfdaşlarımız|tərəfdaşlar|müəllif haqqında|bizi izləyin|hakkımızda|iletişim|künye|bize ulaşın|bizi takip edin|iş ortaklarımız|yazar hakkında|gizlilik politikası
|biz haqimizda|aloqa|bog'lanish|tahririyat|hamkorlar|hamkorlarimiz|биз ҳақимизда|алоқа|таҳририят|ҳамкорлар|біз туралы|байланыс|редакция|серіктестер|биз жөнүндө|байланыш|өнөктөштөр|дар бораи мо|тамос|тамос бо мо|шарикон|biz barada|habarlaşmak
|о нас|контакты|редакция|об издании|партнёры|наши партнёры|о проекте|об авторе|контакты для сми|мы в соцсетях|подписка на рассылку|политика конфиденциальности|пользовательское соглашение|про нас|контакти|редакція|партнери|наші партнери|про автора|ми в соцмережах
|من نحن|اتصل بنا|تواصل معنا|عن الموقع|شركاؤنا|تابعونا|تابعنا|عن الكاتب|سياسة الخصوصية|للتواصل|شروط الاستخدام|درباره ما|تماس با ما|درباره نویسنده|همکاران ما|ما را دنبال کنید|אודות|אודותינו|צור קשר|צרו קשר|יצירת קשר|עקבו אחרינו|השותפים שלנו|על המחבר|מדיניות פרטיות
|à propos|à propos de nous|nous contacter|contactez-nous|mentions légales|contact presse|contacts presse|qui sommes-nous|nos partenaires|partenaires|suivez-nous|à propos de l'auteur|politique de confidentialité|lettre d'information
|über uns|kontakt|impressum|pressekontakt|datenschutz|datenschutzerklärung|unsere partner|partner|folgen sie uns|über den autor|über die autorin|rückfragen|ansprechpartner
|sobre nosotros|quiénes somos|contacto|aviso legal|contacto de prensa|contactos de prensa|nuestros socios|socios|síguenos|síganos|sobre el autor|política de privacidad|boletín
|sobre nós|quem somos|contato|contactos|contatos|siga-nos|parceiros|nossos parceiros|sobre o autor|política de privacidade|chi siamo|contatti|note legali|seguici|i nostri partner|sull'autore|ufficio stampa|contatti stampa
|关于我们|联系我们|联系方式|合作伙伴|友情链接|网站地图|版权声明|隐私政策|会社概要|お問い合わせ|お問い合わせ先|私たちについて|運営会社|プライバシーポリシー|フォローする|サイトマップ`,
  /** Asks a reader to follow or subscribe, at the beginning of a line. */
  follow: `follow us|subscribe|sign up|join us|like us|find us
|bizi izləyin|abunə olun|kanalımıza abunə olun|kanalımıza qoşulun|bizi takip edin|abone olun|takip edin|bizni kuzatib boring|obuna bo'ling|kanalimizga obuna bo'ling|каналимизга обуна бўлинг|обуна бўлинг|арнамызға жазылыңыз|бізге жазылыңыз|telegram-арнамызға жазылыңыз|бизге жазылыңыз|каналыбызга жазылыңыз|ба мо обуна шавед|обуна шавед|bize ýazylyň
|подписывайтесь|подпишитесь|следите за нами|следите за нашими новостями|присоединяйтесь|наш канал|підписуйтесь|підписуйтеся|підпишіться|стежте за нами|долучайтеся
|تابعونا|تابعنا|اشترك|اشتركوا|ما را دنبال کنید|به کانال ما بپیوندید|عضو شوید|עקבו אחרינו|הצטרפו|הירשמו|suivez-nous|abonnez-vous|inscrivez-vous|rejoignez-nous|folgen sie uns|abonnieren sie|jetzt abonnieren|melden sie sich an
|síguenos|síganos|suscríbete|suscríbase|siga-nos|siga nos|inscreva-se|subscreva|assine|seguici|iscriviti|abbonati|关注我们|扫码关注|订阅|欢迎关注|フォロー|メルマガ登録`,
  /** Stands behind the name of whom a page belongs to. */
  rights: `all rights reserved|all rights are reserved|copyright|terms of use|terms|terms and conditions|privacy|privacy policy|legal notice|disclaimer|contact|contact us|about us
|bütün hüquqlar qorunur|bütün hüquqları qorunur|müəllif hüquqları qorunur|tüm hakları saklıdır|her hakkı saklıdır|barcha huquqlar himoyalangan|барча ҳуқуқлар ҳимояланган
|барлық құқықтар қорғалған|барлық құқығы қорғалған|бардык укуктар корголгон|ҳамаи ҳуқуқҳо ҳифз шудаанд|ҳамаи ҳуқуқҳо маҳфузанд|ähli hukuklar goralan
|все права защищены|права защищены|все права сохранены|усі права захищено|всі права захищено|всі права захищені|усі права захищені
|جميع الحقوق محفوظة|كل الحقوق محفوظة|حقوق النشر محفوظة|الحقوق محفوظة|حقوق النشر|تمامی حقوق محفوظ است|تمام حقوق محفوظ است|کلیه حقوق محفوظ است|همه حقوق محفوظ است|כל הזכויות שמורות
|tous droits réservés|tous les droits réservés|mentions légales|alle rechte vorbehalten|impressum|datenschutz|todos los derechos reservados|reservados todos los derechos|derechos reservados|aviso legal|todos os direitos reservados|tutti i diritti riservati|diritti riservati|note legali
|版权所有|保留所有权利|未经许可不得转载|全著作権所有|無断転載を禁じます|無断転載禁止|無断複写転載を禁じます`,
  /** Stands beside the name of who reports. */
  reports: `reports|report|informs|writes|says|xəbər verir|məlumat verir|bildirir|yazır|bildiriyor|bildirdi|xabar beradi|xabar bermoqda|хабар беради|хабарлайды|хабарлады|деп хабарлайды|билдирет|кабарлайт|хабар медиҳад|хабар дод|habar berýär
|сообщает|передает|информирует|пишет|сообщил|сообщило|повідомляє|передає|пише|ذكرت|أفادت|حسب|وفق|به گزارش|گزارش داد|מדווח|מדווחת|rapporte|selon|annonce|berichtet|meldet|informa|según|reporta|noticia|segundo|riporta|secondo|报道|讯|电|報道|によると`,
  /** Names what consent is asked for. */
  cookies: `cookie|cookies|кука|куки|кукис|файлы cookie|çerez|çerezler|çerezleri|çerezlerin|çerezlerden|kuki|kukilər|kukilərdən|kuklar|кукилер|كوكيز|الكوكيز|ملفات تعريف الارتباط|ملفات الارتباط|کوکی|کوکی ها|کوکی‌ها|עוגיות|קבצי עוגיות|gdpr|クッキー`,
} as const;

/** What a phrase of a page is for. */
export type Phrase = keyof typeof PHRASES;

/**
 * Words, folded, that say what an organization is and not which: a name made of them alone is the name of many.
 * In English, Azerbaijani, Turkish, Russian and Arabic.
 */
export const GENERIC: ReadonlySet<string> = new Set(
  `a academy administration affairs agency and archive arts assembly association authority bank board bureau center
  chamber commission committee communication communications council court cultural culture cultures defense department
  deputy development economic economy education educational embassy environment federation finance first for foreign
  forum foundation fund general government health heritage industry information in institute institution interior
  international justice labor library media minister ministers ministry municipality museum national of office
  on organization parliament parliamentary policy presidency public regional religious republic research school
  science sciences scientific secretariat service social society sport sports state states technology the theater
  tourism trade transport union university youth
  agentliyi bakanligi cemiyyeti dovlet elm fondu idaresi institutu komitesi kultur medeniyyet milli muzeyi nazirliyi
  respublikasi tehsil turizm universiteti ve
  академия в государственный и институт искусств комитет культура культуры министерство министр музей науки
  национальный образования республики совет союз спорта туризма университет фонд
  وزاره الثقافه والثقافه السياحه والسياحه التربيه والتعليم العلوم والعلوم الوزاره هيئه مجلس لجنه جامعه`
    .split(/\s+/)
    .filter((word) => word !== ""),
);

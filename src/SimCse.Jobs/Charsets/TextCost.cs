using System.Globalization;
using System.Text;

namespace SimCse.Jobs.Charsets;

/// <summary>
/// How improbable a text is as Japanese, in eighths of a bit: what a code would need that knows which kinds of characters follow each other
/// and how common each is. Bytes that are read in a wrong charset give rare kanji, half-width katakana and private-use characters in turn,
/// which cost far more than the text itself. Not thread-safe.
/// </summary>
/// <remarks>The frequencies are rounded from those in the paragraphs of JSQuAD; a factor of two in any of them changes nothing.</remarks>
internal struct TextCost
{
    public const int Bit = 8;

    /// <summary>The cost of bytes that have no meaning: no text has many.</summary>
    public const int Invalid = 40 * Bit;

    private const int PairCost = 16 * Bit; // an emoji or a rare kanji beyond U+FFFF

    /// <summary>The most frequent characters of each kind, in descending order.</summary>
    private const string Hiragana = "のるにはとたがてをいでしなれあらこもすかっさりようまくめどやそきけおつわえばだんみせじびずへちほべげぶろづむごゆねぼぎひぞざょぐゅぜぷぽぱゃ";
    private const string Katakana = "ーンルスラトアイリクオテドタフジカッロシマィガダコポサムウデグベプブメキエネレニパナゴチハェソビミャツケギバモズョヨュセペボノヴァザワヤピホユヒォゼヌゲヘゥヶゾヵ";
    private const string Punctuation = "、。「」・（）　！？『』〜～…【】：";
    private const string Kanji =
        "人上年性国党日中本大一男置立物行共地建車生機産合会部女的子前場色道持入時主白動手民自家員月路者力業定用出見水体事設乗学分面築法化同二発成間方後理数関政選多台頭座雨表和連内飛下海基赤代原語第電実計空議以草所対着活制作野長世現通外在権" +
        "食気高並油木歩石要名走黒戦当青小応際公梅平明停社付屋山文最向区全目線期開度雪結位命点止組近皿東務記指料義北広挙犬都示構号委支域器書馬市供労団回認教呼打使進式住落横言放有球働取県猫保治条半量来府素特島工約起側経検様転標規源川新交金天" +
        "黄形続三調反受加少降論能職音界変争軍型象列存説流次資補街独話由解領品類果等質送索積画意壁字識土決王初派炭格利造可重南正施帯万例製不番真楽洗運両花称集求紀種板協維緑候滑強差得術切各港央元信問茶込鳥管消勢判別常統安他口革印報辺西総諸導" +
        "芝居参匹達囲張複織牛系引技波院考相感状始刷席服育含非田及与心響件室傘階除船便洋任無砂先寝改離配庫携身州採係首周観盛飲提準試題影窓態確験植染曲何必移圧憲客属闘机具済項輸情四模浜隊足蔵椅直知装冷火伝備推古背割町駐太占族凧菜限顔写単角荷" +
        "令低介駅科終展断完投察版億岸店案載般査農園程登武収述難異過個接味帝京企君材林遊柵測円左営紙価留寄再容陸値批史抱細照比酸鉄熱朝籍微羊録歳衛従費段士警売栓根羽局然右被光鏡策帽衆視掛揚端飾門奥欧整援増律浮歴境振姿斜盟承算校返担告核暦病障" +
        "瓶処仕沢笑率航親景群貨丸布予票残灯則沿床米官葉適想退違英熊清隣像看税塩紹風歌獲牧防習破皇宮歯図換履役脇兵拠温速河師岩廃雑宗精害橋専焼継環神証針盤旅綱越千映賞聞為毛母深監伸演敷許彼伴傾丁今仮箱禁蒸帰森層助操棚略更頃裁突描修夜追撮究拍" +
        "塔易激死撃望末昭併侵研護急給良肉暗財秋極満網芸思級春渡若触絵好均去掲郎壊守因評省宣豊復創夏江失減岡毎志渉刊福戸審魚幹乱五輪負柱徳責晴械柄散枝片念声鎖固編著栄効遣礎商拡埋棄卵旗聖敗注捕扉軌薦鉱庁枚司徴節超昇混握優旬鮮十村閣普読茂待井" +
        "肩星巻概擁範衝唱婚菌旧掘漁塗湾況髪仏包覆否養揮勝献症邦燃順互華締銀競干納顕危私臣延催該圏章館雲松扱早房宅翌倍択厳絶季悪奏撤休講樹煙短液磨抗較削貼析径貿依崎富顧雇九庭夫練薄腰陽暖挟坂緒添浴沖災繰軽誕脱美希詳功哲討了阪遅姓遠紫鼻既医替" +
        "買未覚陰袋棒密匠措寺蘭暴紛媒困弟訳聴販刺額滞池逆縦灰探健到幕談老倒泊曇躍攻将罪遺亭飽排縄耳至谷韓押餌傍誌舌犯距愛殻底株六興乾惑授執即鮭侯漢滅途裸齢衣伏眼届勤静弾";

    private const string KanjiInNames = "藤佐伊斎渡辺崎沢阪髙﨑德濵";
    private const string HalfWidth = "ﾞﾝｰｽﾙﾄﾗｼｲｸﾀﾘｱｶﾌｯｷﾃｺﾚｵﾊﾛﾏｻｴﾆﾅﾒｳﾑﾐﾟﾁｹﾋｬｭﾖｾﾉﾔｮﾜﾍﾎﾇﾓﾕﾂﾈｧｨｩｪｫｦ｡｢｣､･";

    private enum Kind : byte { Start, Hiragana, Katakana, Kanji, Punctuation, Ascii, FullWidth, HalfWidth, Latin, Symbol, Private, Other }

    private const int Kinds = (int)Kind.Other + 1;

    /// <summary>How often a kind (column, without <see cref="Kind.Start"/>) follows another one (row), in millionths.</summary>
    private static readonly int[][] Follow =
    [
        /* Start       */ [300_000, 150_000, 400_000, 50_000, 80_000, 10_000, 2_000, 500, 3_000, 1, 10],
        /* Hiragana    */ [530_000, 30_000, 300_000, 115_000, 15_000, 3_000, 300, 100, 500, 1, 10],
        /* Katakana    */ [90_000, 780_000, 75_000, 30_000, 15_000, 3_000, 300, 100, 500, 1, 10],
        /* Kanji       */ [350_000, 15_000, 570_000, 40_000, 20_000, 3_000, 300, 100, 500, 1, 10],
        /* Punctuation */ [250_000, 110_000, 480_000, 50_000, 90_000, 10_000, 1_000, 200, 5_000, 1, 10],
        /* Ascii       */ [30_000, 15_000, 100_000, 20_000, 810_000, 2_000, 2_000, 4_000, 1_000, 1, 10],
        /* FullWidth   */ [100_000, 20_000, 200_000, 50_000, 20_000, 600_000, 1_000, 100, 5_000, 1, 10],
        /* HalfWidth   */ [20_000, 10_000, 30_000, 10_000, 30_000, 5_000, 890_000, 10, 500, 1, 10],
        /* Latin       */ [20_000, 10_000, 20_000, 10_000, 880_000, 1_000, 10, 50_000, 500, 1, 10],
        /* Symbol      */ [200_000, 100_000, 300_000, 150_000, 50_000, 20_000, 500, 1_000, 170_000, 1, 10],
        /* Private     */ [200_000, 100_000, 300_000, 50_000, 50_000, 10_000, 300, 100, 500, 200_000, 10],
        /* Other       */ [20_000, 10_000, 20_000, 20_000, 50_000, 1_000, 10, 1_000, 1_000, 1, 870_000],
    ];

    private static readonly Model Shared = new();

    private Kind _last;

    /// <summary>The cost of all characters.</summary>
    public long Total { get; private set; }

    public static long OfUtf8(ReadOnlySpan<byte> bytes)
    {
        var cost = default(TextCost);
        while (!bytes.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(bytes, out var rune, out var length);
            cost.Add(status != System.Buffers.OperationStatus.Done ? JisTables.None : rune.IsBmp ? (char)rune.Value : '\uD800');
            bytes = bytes[length..];
        }

        return cost.Total;
    }

    public static long Of(JapaneseCodes codes, ReadOnlySpan<byte> bytes, out bool isValid)
    {
        isValid = true;
        var cost = default(TextCost);
        while (!bytes.IsEmpty)
        {
            var length = codes.Next(bytes, out var character);
            isValid &= character != JisTables.None;
            cost.Add(character);
            bytes = bytes[length..];
        }

        return cost.Total;
    }

    /// <summary>The cost of UTF-16; half a unit at the end is invalid.</summary>
    public static long OfUtf16(ReadOnlySpan<byte> bytes, bool isBigEndian)
    {
        var cost = default(TextCost);
        for (; bytes.Length >= 2; bytes = bytes[2..])
        {
            var unit = Unit(bytes, isBigEndian);
            if (!char.IsSurrogate(unit))
            {
                cost.Add(unit);
            }
            else if (bytes.Length >= 4 && char.IsSurrogatePair(unit, Unit(bytes[2..], isBigEndian)))
            {
                cost.Add(unit);
                bytes = bytes[2..];
            }
            else
            {
                cost.Add(JisTables.None);
            }
        }

        if (!bytes.IsEmpty)
        {
            cost.Add(JisTables.None);
        }

        return cost.Total;

        static char Unit(ReadOnlySpan<byte> bytes, bool isBigEndian) =>
            (char)(isBigEndian ? (bytes[0] << 8) | bytes[1] : (bytes[1] << 8) | bytes[0]);
    }

    /// <param name="character">A character, <see cref="JisTables.None"/>, or a surrogate, which stands for a pair.</param>
    private void Add(char character)
    {
        var kind = Shared.KindOf[character];
        Total += Shared.CostOf[character] + Shared.Switch[((int)_last * Kinds) + (int)kind];
        _last = kind;
    }

    private sealed class Model
    {
        public readonly Kind[] KindOf = new Kind[1 << 16];
        public readonly short[] CostOf = new short[1 << 16];
        public readonly int[] Switch = new int[Kinds * Kinds];

        public Model()
        {
            for (var i = 0; i < KindOf.Length; i++)
            {
                (KindOf[i], var bits) = Classify((char)i);
                CostOf[i] = (short)(bits * Bit);
            }

            SetRows();
            Set(Kind.Hiragana, Hiragana, rank => 3.3 + (0.14 * rank));
            Set(Kind.Katakana, Katakana, rank => 3.3 + (0.1 * rank));
            Set(Kind.Punctuation, Punctuation, rank => 2.5 + (0.2 * rank));
            Set(Kind.Kanji, Kanji, rank => rank < 50 ? 7.4 : rank < 100 ? 8.4 : rank < 200 ? 9.1 : rank < 400 ? 10.1 : 11.6);
            Set(Kind.Kanji, "々〆〇", _ => 9);
            Set(Kind.Kanji, KanjiInNames, _ => 11.6);
            Set(Kind.HalfWidth, HalfWidth, rank => 3.5 + (0.09 * rank));
            for (var from = 0; from < Kinds; from++)
            {
                for (var to = 1; to < Kinds; to++)
                {
                    Switch[(from * Kinds) + to] = (int)(-Math.Log2(Follow[from][to - 1] / 1e6) * Bit);
                }
            }
        }

        private static (Kind Kind, double Bits) Classify(char character) => character switch
        {
            JisTables.None => (Kind.Other, (double)Invalid / Bit),
            '\t' or '\r' or '\n' => (Kind.Ascii, 5),
            < ' ' or '\u007F' => (Kind.Ascii, character == '\0' ? 40 : 16),
            ' ' => (Kind.Ascii, 3.5),
            >= 'a' and <= 'z' or >= '0' and <= '9' => (Kind.Ascii, 5.5),
            >= 'A' and <= 'Z' => (Kind.Ascii, 6.5),
            < '\u0080' => (Kind.Ascii, 7),
            >= '\u3041' and <= '\u309F' => (Kind.Hiragana, 14),
            >= '\u30A0' and <= '\u30FF' => (Kind.Katakana, 14),
            >= '\u4E00' and <= '\u9FFF' => (Kind.Kanji, 24),
            >= '０' and <= '９' or >= 'Ａ' and <= 'Ｚ' or >= 'ａ' and <= 'ｚ' => (Kind.FullWidth, 5.5),
            >= '｡' and <= 'ﾟ' => (Kind.HalfWidth, 6),
            >= '\u3000' and <= '\u303F' or >= '\uFF01' and <= '\uFF60' or >= '\u2010' and <= '\u2026' => (Kind.Punctuation, 8),
            >= '\u00A0' and <= '\u024F' => (Kind.Latin, 7),
            >= '\uE000' and <= '\uF8FF' => (Kind.Private, 12.7),
            >= '\uD800' and <= '\uDFFF' => (Kind.Other, PairCost / Bit),
            '\uFEFF' => (Kind.Punctuation, 8), // within a file: several were put together
            _ => (Kind.Other, CharUnicodeInfo.GetUnicodeCategory(character) == UnicodeCategory.OtherNotAssigned ? 40 : 16),
        };

        /// <summary>The rows of the JIS character sets: common kanji stand in rows 16 to 47 of JIS X 0208, rarer ones behind.</summary>
        private void SetRows()
        {
            for (var index = 0; index < JisTables.Jis0208.Length; index++)
            {
                SetJis(JisTables.Jis0212[index], kanji: 23);
                var row = (index >> 7) - 0x20;
                SetJis(JisTables.Jis0208[index], row < 48 ? 15.4 : 18.4);
            }

            foreach (var extension in JisTables.ShiftJis[0xFA40..0xFC4C])
            {
                SetJis(extension, kanji: 17.5);
            }

        }

        private void SetJis(char character, double kanji)
        {
            if (KindOf[character] == Kind.Kanji || character is >= '\uF900' and <= '\uFAFF')
            {
                (KindOf[character], CostOf[character]) = (Kind.Kanji, (short)(kanji * Bit));
            }
            else if (KindOf[character] == Kind.Other && character != JisTables.None)
            {
                (KindOf[character], CostOf[character]) = (Kind.Symbol, (short)(8.5 * Bit));
            }
        }

        private void Set(Kind kind, string characters, Func<int, double> bits)
        {
            for (var rank = 0; rank < characters.Length; rank++)
            {
                (KindOf[characters[rank]], CostOf[characters[rank]]) = (kind, (short)(bits(rank) * Bit));
            }
        }
    }
}

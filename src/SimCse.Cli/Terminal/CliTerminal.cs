using System.Text;
using SimCse.Jobs;
using Spectre.Console;

namespace SimCse.Cli.Terminal;

/// <summary>
/// Writes results to standard output and everything else (progress, notes, errors) to standard error. Piped output has no colours or
/// borders and is UTF-8, whatever the locale. What is written may hold foreign text, which <see cref="VisibleText"/> makes harmless here.
/// Thread-safe.
/// </summary>
internal sealed class CliTerminal
{
    /// <summary>Wide enough that no line is wrapped for a program that reads the output.</summary>
    private const int PipedWidth = 4096;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly TextWriter _results;
    private readonly TextWriter _notes;
    private readonly Lazy<TextWriter> _data = new(() => new StreamWriter(Console.OpenStandardOutput(), Utf8, 1 << 16));

    public CliTerminal()
    {
        if (Console.OutputEncoding.CodePage != Utf8.CodePage)
        {
            Console.OutputEncoding = Utf8;
        }

        _results = Console.Out;
        _notes = Console.Error;
        Out = Create(Console.Out, Console.IsOutputRedirected);
        Err = Create(Console.Error, Console.IsErrorRedirected);
    }

    /// <summary>The console for tables and sentences that are the result.</summary>
    public IAnsiConsole Out { get; }

    /// <summary>The console for progress.</summary>
    public IAnsiConsole Err { get; }

    public static bool IsOutputInteractive => !Console.IsOutputRedirected;

    /// <summary>Whether progress bars and spinners may be drawn.</summary>
    public static bool IsErrorInteractive => !Console.IsErrorRedirected;

    /// <summary>A buffered writer for large results, which are JSON lines. Flush it at the end.</summary>
    public TextWriter Data => _data.Value;

    /// <summary>Text as Spectre's markup that shows it as it is.</summary>
    public static string Plain(string text) => Markup.Escape(VisibleText.Escape(text));

    /// <summary>Writes each text as a line, which is not wrapped: a terminal may do so, but a copy from there is still one line.</summary>
    public void Line(params IEnumerable<string> texts)
    {
        foreach (var text in texts)
        {
            _results.WriteLine(VisibleText.Escape(text));
        }
    }

    /// <summary>Writes a line like <see cref="Line"/>, in red; what has several lines keeps them.</summary>
    public void FailureLine(string text)
    {
        Out.Write(new Markup(Markup.Escape(VisibleText.EscapeLines(text)), Color.Red));
        _results.WriteLine();
    }

    /// <summary>Writes a JSON document, which may have several lines.</summary>
    public void Json(string json) => _results.WriteLine(VisibleText.EscapeJson(json));

    /// <summary>Writes a sentence, or what has several lines, such as an exception or the last words of a process.</summary>
    public void Error(string sentence) => Write("Error: ", "red", VisibleText.EscapeLines(sentence));

    public void Warn(string sentence) => Write("Warning: ", "yellow", VisibleText.Escape(sentence));

    public void Note(string sentence) => _notes.WriteLine(VisibleText.Escape(sentence));

    /// <summary>Writes a line of a log, which may have several lines.</summary>
    public static void Log(string line) => Console.Error.WriteLine(VisibleText.EscapeLines(line));

    private void Write(string label, string colour, string sentence)
    {
        Err.Markup($"[{colour}]{label}[/]");
        _notes.WriteLine(sentence);
    }

    private static IAnsiConsole Create(TextWriter writer, bool isRedirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isRedirected ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = isRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (isRedirected)
        {
            console.Profile.Width = PipedWidth;
            console.Profile.Capabilities.Unicode = true;
        }

        return console;
    }
}

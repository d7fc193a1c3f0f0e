using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SimCse.Testing;

/// <summary>One column of a line on a terminal. The right half of a wide character is an empty text.</summary>
/// <param name="Text">The character.</param>
/// <param name="Colour">The number of its colour among 256; <see langword="null"/> for the terminal's own.</param>
public readonly record struct TerminalCell(string Text, int? Colour);

/// <summary>What a terminal shows after all that a program wrote: moves, colours and erased parts are obeyed.</summary>
public sealed partial class TerminalScreen(int columns)
{
    private readonly List<List<TerminalCell>> _lines = [[]];
    private int _row;
    private int _column;
    private int? _colour;

    /// <summary>The lines without the white space at their ends.</summary>
    public IReadOnlyList<string> Lines => [.. _lines.Select(line => string.Concat(line.Select(cell => cell.Text)).TrimEnd())];

    public IReadOnlyList<IReadOnlyList<TerminalCell>> Cells => _lines;

    /// <summary>Runs <c>simcse</c> in a terminal of its own, which is util-linux's <c>script</c>, to its last screen.</summary>
    public static async Task<(int ExitCode, TerminalScreen Screen)> RunAsync(
        IEnumerable<string> arguments, string workingFolder, int columns, CancellationToken cancellationToken)
    {
        string[] command = ["dotnet", CliProcess.Assembly, .. arguments];
        var line = string.Join(' ', command.Select(word => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'"));
        var start = new ProcessStartInfo("script", ["-qefc", $"stty cols {columns} rows 1000 -echo; exec {line}", "/dev/null"])
        {
            WorkingDirectory = workingFolder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
            Environment = { ["TERM"] = "xterm-256color", ["LANG"] = "C.UTF-8", ["SHELL"] = "/bin/sh", ["COLORTERM"] = "" },
        };
        start.Environment.Remove("AzureWebJobsStorage");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var screen = new TerminalScreen(columns);
        screen.Write(await process.StandardOutput.ReadToEndAsync(cancellationToken));
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, screen);
    }

    public void Write(string output)
    {
        foreach (Match piece in Piece().Matches(output))
        {
            switch (piece.Value)
            {
                case "\n": MoveTo(_row + 1, _column); break;
                case "\r": _column = 0; break;
                case "\b": _column = Math.Max(0, _column - 1); break;
                case ['\e', '[', .., var command]: Obey(command, piece.Groups["numbers"].Value); break;
                case [.., var last] when last >= ' ' && piece.Value[0] != '\e': Put(piece.Value); break;
            }
        }
    }

    private void Obey(char command, string numbers)
    {
        int[] all = [.. numbers.Split(';').Select(number => number.Length == 0 ? 0 : int.Parse(number, CultureInfo.InvariantCulture))];
        var count = Math.Max(1, all[0]);
        switch (command)
        {
            case 'A': MoveTo(Math.Max(0, _row - count), _column); break;
            case 'B': MoveTo(_row + count, _column); break;
            case 'C': _column += count; break;
            case 'D': _column = Math.Max(0, _column - count); break;
            case 'G': _column = count - 1; break;
            case 'K' when all[0] == 2: _lines[_row].Clear(); break;
            case 'K': _lines[_row].RemoveRange(Math.Min(_column, _lines[_row].Count), Math.Max(0, _lines[_row].Count - _column)); break;
            case 'J':
                _lines.RemoveRange(_row + 1, _lines.Count - _row - 1);
                Obey('K', "0");
                break;
            case 'm': _colour = Colour(all); break;
        }
    }

    private int? Colour(int[] numbers) => numbers switch
    {
        [38, 5, var colour, ..] => colour,
        [>= 30 and <= 37 and var colour] => colour - 30,
        [>= 90 and <= 97 and var colour] => colour - 82,
        [0 or 39] => null,
        _ => _colour,
    };

    private void Put(string character)
    {
        var width = IsWide(char.ConvertToUtf32(character, 0)) ? 2 : 1;
        if (_column + width > columns)
        {
            MoveTo(_row + 1, 0);
        }

        var line = _lines[_row];
        while (line.Count < _column + width)
        {
            line.Add(new TerminalCell(" ", null));
        }

        line[_column] = new TerminalCell(character, _colour);
        if (width == 2)
        {
            line[_column + 1] = new TerminalCell("", _colour);
        }

        _column += width;
    }

    private void MoveTo(int row, int column)
    {
        while (_lines.Count <= row)
        {
            _lines.Add([]);
        }

        (_row, _column) = (row, column);
    }

    /// <summary>East Asian wide and full-width characters, as far as the samples have them, and emoji.</summary>
    private static bool IsWide(int codePoint) => codePoint is
        (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xF900 and <= 0xFAFF)
        or (>= 0xFE30 and <= 0xFE6F) or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6) or (>= 0x1F300 and <= 0x3FFFD);

    [GeneratedRegex(@"\e\[\??(?<numbers>[0-9;]*)[A-Za-z]|\e.|[\uD800-\uDBFF][\uDC00-\uDFFF]|[\s\S]")]
    private static partial Regex Piece();
}

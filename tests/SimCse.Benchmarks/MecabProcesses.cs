using System.Diagnostics;
using System.Globalization;
using SimCse.Tokenization;
using SimCse.Tokenization.Mecab;

namespace SimCse.Benchmarks;

/// <summary>
/// Opens a dictionary in several processes at once and prints how long each took, and what they hold of memory together.
/// <c>mecab-processes DICTIONARY COUNT FILE</c> starts itself as <c>mecab-process DICTIONARY FILE</c>. Linux only.
/// </summary>
internal static class MecabProcesses
{
    private const int Sentences = 1_000;

    public static async Task<int> RunAsync(string dictionary, int count, string file)
    {
        var processes = new List<Process>();
        try
        {
            var milliseconds = new List<double>();
            for (var i = 0; i < count; i++)
            {
                processes.Add(Start(dictionary, file));
                milliseconds.Add(double.Parse(
                    await processes[^1].StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("A process has ended."),
                    CultureInfo.InvariantCulture));
            }

            var memory = processes.ConvertAll(process => Memory(process.Id, dictionary));
            Console.WriteLine(
                $"{dictionary} in {count} processes, after {Sentences:N0} sentences each: opened in " +
                $"{milliseconds.Order().ElementAt(count / 2):0.0} ms (median; {milliseconds.Min():0.0} to {milliseconds.Max():0.0}); of " +
                $"its files each has {memory.Average(m => m.Resident) / 1024:0.0} MiB resident, and all together " +
                $"{memory.Sum(m => m.Share) / 1024:0.0} MiB of memory");
            return 0;
        }
        finally
        {
            foreach (var process in processes)
            {
                process.StandardInput.Close(); // each waits for the end of its input
                await process.WaitForExitAsync();
                process.Dispose();
            }
        }
    }

    public static int Hold(string folder, string file)
    {
        var texts = SentenceFile.Read(file).Take(Sentences).ToList();
        var watch = Stopwatch.StartNew();
        using var dictionary = MecabDictionary.Open(folder);
        var opened = watch.Elapsed.TotalMilliseconds;
        var lattice = new Lattice(dictionary);
        foreach (var text in texts)
        {
            var sink = default(NoSink);
            lattice.Segment(text, ref sink);
        }

        Console.WriteLine(opened.ToString(CultureInfo.InvariantCulture));
        Console.In.ReadToEnd();
        return 0;
    }

    private static Process Start(string dictionary, string file) => Process.Start(new ProcessStartInfo(
        Environment.ProcessPath!, ["mecab-process", dictionary, file])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;

    /// <summary>KiB of the dictionary's mappings: resident in the process, and its share of what it has together with the others.</summary>
    private static (double Resident, double Share) Memory(int process, string dictionary)
    {
        var (resident, share, isMapping) = (0.0, 0.0, false);
        foreach (var line in File.ReadLines($"/proc/{process}/smaps"))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (!fields[0].EndsWith(':'))
            {
                isMapping = line.Contains(dictionary, StringComparison.Ordinal);
            }
            else if (isMapping && fields[0] is ("Rss:" or "Pss:"))
            {
                var kibibytes = double.Parse(fields[1], CultureInfo.InvariantCulture);
                (resident, share) = fields[0] == "Rss:" ? (resident + kibibytes, share) : (resident, share + kibibytes);
            }
        }

        return (resident, share);
    }

    private struct NoSink : IWordSink
    {
        public readonly bool Add(scoped ReadOnlySpan<char> word) => true;
    }
}

using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using SimCse.Functions.Embed;
using SimCse.Inference;
using SimCse.Jobs;
using SimCse.Testing;

namespace SimCse.Functions.Tests;

/// <summary>The tables of metrics in the docs, against the instruments that exist and the text that the app answers.</summary>
public sealed class MetricsPageTests(AppFixture app)
{
    private const BindingFlags Static = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Assembly[] Measured =
        [typeof(SimCseInstrumentation).Assembly, typeof(JobsInstrumentation).Assembly, typeof(EmbedOptions).Assembly];

    [Fact]
    public void The_table_of_metrics_has_every_instrument_and_no_other()
    {
        var instruments = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) => instruments.Add(string.Join(
                ' ', instrument.Name, instrument.Meter.Name, instrument.GetType().Name.Split('`')[0].ToLowerInvariant(), instrument.Unit)),
        };
        foreach (var type in Measured.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.GetFields(Static).Any(field => field.FieldType == typeof(Meter))))
        {
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        }

        listener.Start();

        Assert.Equal(
            instruments.Where(instrument => instrument.Contains(" SimCse.", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            Table("functions-app.md", "simcse.", cells: 4));
    }

    [Fact]
    public async Task The_table_of_the_route_metrics_has_every_family_and_no_other()
    {
        await app.Client.PostReplyAsync("/embed", """{"inputs": "猫"}""");
        await app.Client.PostReplyAsync("/embed", "not json");

        var text = await app.Client.GetStringAsync(new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);

        const string Family = "# TYPE ";
        Assert.Equal(
            text.Split('\n').Where(line => line.StartsWith(Family, StringComparison.Ordinal))
                .Select(line => line[Family.Length..]).Order(StringComparer.Ordinal),
            Table("http.md", "te_", cells: 2));
    }

    /// <summary>The first cells of each row that begins with such a name.</summary>
    private static IEnumerable<string> Table(string page, string prefix, int cells) =>
        File.ReadAllLines(Path.Combine(RepositoryRoot.Path, "docs", page)).Where(
            line => line.StartsWith($"| `{prefix}", StringComparison.Ordinal))
            .Select(
                line => string.Join(
                    ' ', line.Split('|').Skip(1).Take(cells).Select(cell => cell.Trim().Trim('`')))).Order(StringComparer.Ordinal);
}

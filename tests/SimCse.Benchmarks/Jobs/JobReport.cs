using System.Globalization;
using System.Text.Json;
using SimCse.Cli.Output;
using SimCse.Cli.Terminal;
using SimCse.Inference;

namespace SimCse.Benchmarks.Jobs;

/// <summary>The output of <c>job</c>: medians in tables, and every round as JSON.</summary>
internal static class JobReport
{
    private const double Mebi = 1 << 20;
    private const double Giga = 1e9;
    private const double Micro = 1e-6;

    public static void Show(IReadOnlyList<JobMeasurement> results, CliTerminal terminal)
    {
        var speed = CliTable.Create(
            ">texts", ">alone texts/s", ">job texts/s", ">of alone", ">steady texts/s", ">of alone", ">tokens/s", ">GFLOP/s",
            ">bare products GFLOP/s", ">share");
        var time = CliTable.Create(
            ">texts", ">MiB", ">shards", ">plan s", ">start s", ">shards s", ">commit s", ">job s", ">µs/text", ">CPU µs/text");
        var cost = CliTable.Create(
            ">texts", ">alone CPU s", ">worker CPU s", ">Azurite CPU s", ">host CPU s", ">Parquet CPU s", ">of job s", ">ready MiB",
            ">peak MiB");
        var changed = CliTable.Create(">texts", ">new version s", ">of the first", ">shards s", ">of the first", ">CPU s", ">of the first");
        foreach (var result in results)
        {
            var (texts, seconds) = (Number(result.Texts, "N0"), result.Job(job => job.Seconds));
            speed.Row(
                texts, Number(result.AloneTextsPerSecond, "N1"), Number(result.JobTextsPerSecond, "N1"), Number(result.Share, "0.0 %"),
                Number(result.SteadyTextsPerSecond, "N1"), Number(result.SteadyShare, "0.0 %"), Number(result.Tokens / seconds, "N0"),
                Number(result.OperationsPerSecond / Giga, "N0"), Number(result.Alone(alone => alone.Ceiling) / Giga, "N0"),
                Number(result.ShareOfCeiling, "0.0 %"));
            time.Row(
                texts, Number(result.Bytes / Mebi, "N1"), Number(result.Shards, "N0"), Number(result.Job(job => job.PlanSeconds), "0.00"),
                Number(result.Job(job => job.StartSeconds), "0.00"), Number(result.Job(job => job.ShardsSeconds), "0.00"),
                Number(result.Job(job => job.CommitSeconds), "0.00"), Number(seconds, "0.00"), Number(seconds / result.Texts / Micro, "N0"),
                Number(result.Job(job => job.CpuSeconds) / result.Texts / Micro, "N0"));
            cost.Row(
                texts, Number(result.Alone(alone => alone.CpuSeconds), "0.00"), Number(result.Job(job => job.WorkerCpuSeconds), "0.00"),
                Number(result.Job(job => job.AzuriteCpuSeconds), "0.00"), Number(result.Job(job => job.HostCpuSeconds), "0.00"),
                Number(result.Alone(alone => alone.WriteCpuSeconds), "0.00"), Number(result.WriteShare, "0.00 %"),
                Number(result.ReadyPeakBytes / Mebi, "N0"), Number(result.PeakBytes / Mebi, "N0"));
            Func<JobRun, double>[] costs = [job => job.Seconds, job => job.ShardsSeconds, job => job.CpuSeconds];
            changed.Row(
            [
                texts,
                .. costs.SelectMany(value =>
                    (string[])[Number(result.Changed(value), "0.00"), Number(result.ChangedShare(value), "0.0 %")]),
            ]);
        }

        terminal.Out.Write(speed);
        terminal.Line();
        terminal.Out.Write(time);
        terminal.Line();
        terminal.Out.Write(cost);
        if (results.Any(result => result.Rounds.Any(round => round.Changed is not null)))
        {
            terminal.Line();
            terminal.Out.Write(changed);
        }
    }

    public static void Show(IReadOnlyList<PlanMeasurement> results, CliTerminal terminal)
    {
        var table = CliTable.Create(">texts", ">MiB", ">shards", ">plan s", ">worker CPU s", ">ready MiB", ">peak MiB");
        foreach (var result in results)
        {
            table.Row(
                Number(result.Texts, "N0"), Number(result.Bytes / Mebi, "N1"), Number(result.Shards, "N0"), Number(result.Seconds, "0.00"),
                Number(result.WorkerCpuSeconds, "0.00"), Number(result.ReadyPeakBytes / Mebi, "N0"), Number(result.PeakBytes / Mebi, "N0"));
        }

        terminal.Out.Write(table);
    }

    public static string ToJson(IReadOnlyList<JobMeasurement> results, Bundle bundle) => ToJson(results, bundle, (json, result) =>
    {
        json.WriteNumber("texts", result.Texts);
        json.WriteNumber("bytes", result.Bytes);
        json.WriteNumber("tokens", result.Tokens);
        json.WriteNumber("shards", result.Shards);
        Write(json, "aloneTextsPerSecond", result.AloneTextsPerSecond);
        Write(json, "textsPerSecond", result.JobTextsPerSecond);
        Write(json, "steadyTextsPerSecond", result.SteadyTextsPerSecond);
        Write(json, "tokensPerSecond", result.Tokens / result.Job(job => job.Seconds));
        Write(json, "operationsPerSecond", result.OperationsPerSecond);
        Write(json, "ceiling", result.Alone(alone => alone.Ceiling));
        Write(json, "share", result.ShareOfCeiling);
        Write(json, "shareOfAlone", result.Share);
        Write(json, "steadyShareOfAlone", result.SteadyShare);
        Write(json, "writeShare", result.WriteShare);
        json.WriteNumber("workerReadyPeakBytes", result.ReadyPeakBytes);
        json.WriteNumber("workerPeakBytes", result.PeakBytes);
        json.WriteStartArray("rounds");
        foreach (var (alone, job, changed) in result.Rounds)
        {
            json.WriteStartObject();
            if (alone is not null)
            {
                json.WriteNumber("aloneSeconds", alone.Seconds);
                json.WriteNumber("aloneCpuSeconds", alone.CpuSeconds);
                json.WriteNumber("operations", alone.Operations);
                json.WriteNumber("ceiling", alone.Ceiling);
                json.WriteNumber("writeCpuSeconds", alone.WriteCpuSeconds);
            }

            json.WriteNumber("planSeconds", job.PlanSeconds);
            json.WriteNumber("startSeconds", job.StartSeconds);
            json.WriteNumber("shardsSeconds", job.ShardsSeconds);
            json.WriteNumber("commitSeconds", job.CommitSeconds);
            json.WriteNumber("jobSeconds", job.Seconds);
            json.WriteNumber("workerCpuSeconds", job.WorkerCpuSeconds);
            json.WriteNumber("azuriteCpuSeconds", job.AzuriteCpuSeconds);
            json.WriteNumber("hostCpuSeconds", job.HostCpuSeconds);
            if (changed is not null)
            {
                json.WriteNumber("changedSeconds", changed.Seconds);
                json.WriteNumber("changedShardsSeconds", changed.ShardsSeconds);
                json.WriteNumber("changedCpuSeconds", changed.CpuSeconds);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    public static string ToJson(IReadOnlyList<PlanMeasurement> results, Bundle bundle) => ToJson(results, bundle, (json, result) =>
    {
        json.WriteNumber("texts", result.Texts);
        json.WriteNumber("bytes", result.Bytes);
        json.WriteNumber("shards", result.Shards);
        json.WriteNumber("planSeconds", result.Seconds);
        json.WriteNumber("workerCpuSeconds", result.WorkerCpuSeconds);
        json.WriteNumber("workerReadyPeakBytes", result.ReadyPeakBytes);
        json.WriteNumber("workerPeakBytes", result.PeakBytes);
    });

    private static string ToJson<T>(IReadOnlyList<T> results, Bundle bundle, Action<Utf8JsonWriter, T> write) => JsonLine.Write(json =>
    {
        json.WriteString("model", bundle.Model.Name);
        json.WriteString("precision", bundle.Model.Precision.Name());
        json.WriteNumber("processors", Environment.ProcessorCount);
        json.WriteStartArray("sizes");
        foreach (var result in results)
        {
            json.WriteStartObject();
            write(json, result);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>Omits NaN, which JSON cannot express.</summary>
    private static void Write(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
    }

    private static string Number(double value, string format) =>
        double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "–";
}

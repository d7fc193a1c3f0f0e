using System.CommandLine;
using SimCse.Benchmarks;
using SimCse.Benchmarks.Faults;
using SimCse.Benchmarks.Http;
using SimCse.Benchmarks.Jobs;
using SimCse.Cli;

return args switch
{
    ["job" or "cold-start" or "operators" or "tokenize" or "faults" or FaultsHostCommand.CommandName, ..] =>
        await CliApp.RunAsync(Commands(), args),
    ["mecab", var dictionary, .. var files] when files.Length > 0 => MecabBenchmark.Run(dictionary, files),
    ["mecab-words", var dictionary, var count, .. var files] when files.Length > 0 => MecabWords.Run(dictionary, Number(count), files),
    ["mecab-processes", var dictionary, var count, var file] => await MecabProcesses.RunAsync(dictionary, Number(count), file),
    ["mecab-process", var dictionary, var file] => MecabProcesses.Hold(dictionary, file),
    ["parquet", var file] => await ParquetBenchmark.RunAsync(file, bundleFolder: null),
    ["parquet", var file, var bundle] => await ParquetBenchmark.RunAsync(file, bundle),
    ["readers", var file] => await ReadersBenchmark.RunAsync(file, ReadersBenchmark.DefaultTexts),
    ["readers", var file, var texts] => await ReadersBenchmark.RunAsync(file, Number(texts)),
    ["vectors", var file] => await VectorTypesBenchmark.RunAsync(file, bundleFolder: null),
    ["vectors", var file, var bundle] => await VectorTypesBenchmark.RunAsync(file, bundle),
    ["peer", var bundle, var folder] => await PeerWorker.EncodeAsync(bundle, folder),
    ["standard", var graph, var folder, var padding] => await PeerWorker.RunStandardAsync(graph, folder, Number(padding)),
    ["texts", var bundle, var tokens, var count] => PeerWorker.WriteTexts(bundle, Number(tokens), Number(count)),
    ["http", var file, .. var options] => await HttpBenchmark.RunAsync(file, HttpBenchmarkOptions.Parse(options)),
    ["http-load", .. { Length: 5 } load] => await HttpLoad.RunAsync(load),
    ["request"] => await RequestBenchmark.RunAsync(rounds: 5),
    ["inner", .. var options] => Inner(options),
    _ => Usage(),
};

static RootCommand Commands() => CliApp.Complete(new RootCommand("Measures what simcse is made of.")
{
    new JobCommand(),
    new ColdStartCommand(),
    new OperatorsCommand(),
    new TokenizeCommand(),
    new FaultsCommand(),
    new FaultsHostCommand(),
});

static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

static int Inner(string[] options)
{
    BenchmarkDotNet.Running.BenchmarkRunner.Run<InnerLoops>(args: ["--job", "short", "--inProcess", .. options]);
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine(
        "expected: job FILE | cold-start | operators | tokenize FILE | faults (each with --help) | mecab DICTIONARY FILE… | " +
        "mecab-words DICTIONARY COUNT FILE… | mecab-processes DICTIONARY COUNT FILE | inner | " +
        "peer BUNDLE FOLDER | standard GRAPH FOLDER LENGTH | texts BUNDLE TOKENS COUNT | parquet FILE [BUNDLE] | " +
        "readers FILE [TEXTS] | vectors PAIRS [BUNDLE] | http FILE [--model BUNDLE] [--rounds N] [--seconds N] [--job-texts N] | request");
    return 2;
}

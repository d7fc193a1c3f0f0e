using SimCse.Benchmarks;

return args switch
{
    ["mecab", var dictionary, .. var files] when files.Length > 0 => MecabBenchmark.Run(dictionary, files),
    ["parquet", var file] => await ParquetBenchmark.RunAsync(file, bundleFolder: null),
    ["parquet", var file, var bundle] => await ParquetBenchmark.RunAsync(file, bundle),
    ["peer", var bundle, var texts] => await PeerWorker.EncodeAsync(bundle, texts),
    ["standard", var graph, var ids, var padding] => await PeerWorker.RunStandardAsync(graph, ids, int.Parse(padding, System.Globalization.CultureInfo.InvariantCulture)),
    ["http", var file] => await HttpBenchmark.RunAsync(file),
    ["http-load", .. { Length: 5 } load] => await HttpLoad.RunAsync(load),
    ["inner"] => Inner(),
    _ => Usage(),
};

static int Inner()
{
    BenchmarkDotNet.Running.BenchmarkRunner.Run<InnerLoops>();
    return 0;
}

static int Usage()
{
    Console.Error.WriteLine("expected: mecab DICTIONARY FILE… | inner | peer BUNDLE TEXTS | standard GRAPH IDS LENGTH | parquet FILE [BUNDLE] | http FILE");
    return 2;
}

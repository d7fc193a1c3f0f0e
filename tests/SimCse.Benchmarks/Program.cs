using SimCse.Benchmarks;

return args switch
{
    ["mecab", var dictionary, .. var files] when files.Length > 0 => MecabBenchmark.Run(dictionary, files),
    ["parquet", var file] => await ParquetBenchmark.RunAsync(file, bundleFolder: null),
    ["parquet", var file, var bundle] => await ParquetBenchmark.RunAsync(file, bundle),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("expected: mecab DICTIONARY FILE… | parquet FILE [BUNDLE]");
    return 2;
}

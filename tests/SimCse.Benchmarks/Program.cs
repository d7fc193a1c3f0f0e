using SimCse.Benchmarks;

return args switch
{
    ["job", var file] => await JobBenchmark.RunAsync(file),
    ["mecab", var dictionary, .. var files] when files.Length > 0 => MecabBenchmark.Run(dictionary, files),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("expected: job FILE | mecab DICTIONARY FILE…");
    return 2;
}

using SimCse.Benchmarks.Gpu;

return args switch
{
    ["vocabulary", var dictionary, var sentences, var output] => WordVocabulary.Write(dictionary, sentences, output),
    ["prune", var library, var architecture, var output] => FatBinaries.Prune(library, architecture, output),
    ["measure", var inputs, var work, var output] => await Measurement.RunAsync(inputs, work, output),
    ["first", var bundle] => await FirstVector.RunAsync(bundle),
    ["profile", var graph, var rows, var length] => GpuProfile.Run(graph, Number(rows), Number(length)),
    _ => Usage(),
};

static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

static int Usage()
{
    Console.Error.WriteLine(
        "expected: vocabulary DICTIONARY SENTENCES OUTPUT | prune LIBRARY ARCHITECTURE OUTPUT | measure INPUTS WORK OUTPUT | " +
        "first BUNDLE | profile GRAPH ROWS LENGTH. pack.sh and run.sh beside this project's file say how they go together.");
    return 2;
}

namespace SimCse.Models.Tests;

/// <summary>
/// BERT → pooling → dense in plain double-precision loops, straight from the formulas: the oracle for the graph's variants.
/// </summary>
internal sealed class PlainBert(TinyModel model)
{
    private const double LayerNormEpsilon = 1e-12;

    /// <summary>The last hidden state, one row a position.</summary>
    public double[][] LastHiddenState(int[] ids, Func<double, double> activation, int type = 0)
    {
        var words = Rows("embeddings.word_embeddings.weight");
        var positions = Rows("embeddings.position_embeddings.weight");
        var types = Rows("embeddings.token_type_embeddings.weight");
        double[][] state = [.. ids.Select((id, i) => LayerNorm("embeddings.LayerNorm", Add(Add(words[id], positions[i]), types[type])))];
        for (var layer = 0; layer < TinyModel.Layers; layer++)
        {
            state = Layer($"encoder.layer.{layer}", state, activation);
        }

        return state;
    }

    public static double[] Dense(TinyModel model, double[] vector, Func<double, double> activation, bool bias = true)
    {
        var weight = Chunk(model.DenseTensors["linear.weight"]);
        return [.. weight.Select((row, i) => activation(Dot(row, vector) + (bias ? model.DenseTensors["linear.bias"].Values[i] : 0)))];
    }

    public static double Gelu(double x) => x * 0.5 * (1 + Erf(x / Math.Sqrt(2)));

    public static double GeluTanh(double x) => x * 0.5 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    private double[][] Layer(string name, double[][] state, Func<double, double> activation)
    {
        var query = state.Select(row => Linear($"{name}.attention.self.query", row)).ToArray();
        var key = state.Select(row => Linear($"{name}.attention.self.key", row)).ToArray();
        var value = state.Select(row => Linear($"{name}.attention.self.value", row)).ToArray();
        return [.. state.Select((row, i) =>
        {
            var attended = LayerNorm(
                $"{name}.attention.output.LayerNorm", Add(Linear($"{name}.attention.output.dense", Attend(query[i], key, value)), row));
            double[] inner = [.. Linear($"{name}.intermediate.dense", attended).Select(activation)];
            return LayerNorm($"{name}.output.LayerNorm", Add(Linear($"{name}.output.dense", inner), attended));
        })];
    }

    private static double[] Attend(double[] query, double[][] key, double[][] value)
    {
        const int width = TinyModel.Hidden / TinyModel.Heads;
        return [.. Enumerable.Range(0, TinyModel.Heads).SelectMany(head =>
        {
            var part = (head * width)..((head + 1) * width);
            var scores = key.Select(row => Math.Exp(Dot(query[part], row[part]) / Math.Sqrt(width))).ToArray();
            return Enumerable.Range(head * width, width).Select(
                column => value.Select((row, i) => row[column] * scores[i]).Sum() / scores.Sum());
        })];
    }

    private double[] LayerNorm(string name, double[] row)
    {
        var mean = row.Average();
        var deviation = Math.Sqrt(row.Average(x => (x - mean) * (x - mean)) + LayerNormEpsilon);
        var (weight, bias) = (model.Tensors[$"{name}.weight"].Values, model.Tensors[$"{name}.bias"].Values);
        return [.. row.Select((x, i) => ((x - mean) / deviation * weight[i]) + bias[i])];
    }

    private double[] Linear(string name, double[] row) =>
        [.. Rows($"{name}.weight").Select((weight, i) => Dot(weight, row) + model.Tensors[$"{name}.bias"].Values[i])];

    private double[][] Rows(string name) => Chunk(model.Tensors[name]);

    private static double[][] Chunk((int[] Shape, float[] Values) tensor) =>
        [.. tensor.Values.Chunk(tensor.Shape[^1]).Select(row => row.Select(x => (double)x).ToArray())];

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    /// <summary>The error function by its Maclaurin series, exact to 1e-12 for the small arguments here.</summary>
    private static double Erf(double x)
    {
        var (sum, term) = (x, x);
        for (var n = 1; n < 200; n++)
        {
            term *= -x * x / n;
            sum += term / ((2 * n) + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}

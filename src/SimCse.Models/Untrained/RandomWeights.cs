namespace SimCse.Models.Untrained;

/// <summary>The tensors of a <see cref="RandomModel"/>, drawn in the order in which they are asked for.</summary>
internal sealed class RandomWeights(RandomModelOptions options)
{
    /// <summary>The largest values of a trained model's outlying channels are 4 to 20 times the median channel's.</summary>
    private const float LeastOutlier = 4;

    /// <summary>
    /// [UNK], [SEP] and [MASK]. [CLS] is not among them: its state is the vector, and would then be the same for all texts.
    /// </summary>
    private static readonly int[] OutlierTokens = [1, 3, 4];

    private const float OutlierTokenScale = 10;

    private readonly SeededNormal _normal = new(options.Seed);

    /// <summary>All tensors of BERT except its pooler, which sentence-transformers does not use.</summary>
    public List<(string Name, int[] Shape, float[] Values)> Bert(int vocabulary)
    {
        var (hidden, intermediate) = (options.Hidden, options.EffectiveIntermediate);
        var tensors = new List<(string, int[], float[])>();
        tensors.Add(("embeddings.word_embeddings.weight", [vocabulary, hidden], Words(vocabulary)));
        Random("embeddings.position_embeddings.weight", options.MaxTokens, hidden);
        Random("embeddings.token_type_embeddings.weight", 2, hidden);
        LayerNorm("embeddings.LayerNorm");
        for (var layer = 0; layer < options.Layers; layer++)
        {
            var name = $"encoder.layer.{layer}";
            Linear($"{name}.attention.self.query", hidden, hidden);
            Linear($"{name}.attention.self.key", hidden, hidden);
            Linear($"{name}.attention.self.value", hidden, hidden);
            Linear($"{name}.attention.output.dense", hidden, hidden);
            LayerNorm($"{name}.attention.output.LayerNorm");
            Linear($"{name}.intermediate.dense", intermediate, hidden);
            Linear($"{name}.output.dense", hidden, intermediate);
            LayerNorm($"{name}.output.LayerNorm");
        }

        return tensors;

        void Random(string name, int rows, int columns) => tensors.Add((name, [rows, columns], _normal.Next(rows * columns)));

        void Constant(string name, int length, float value)
        {
            var values = new float[length];
            values.AsSpan().Fill(value);
            tensors.Add((name, [length], values));
        }

        void Linear(string name, int outputs, int inputs)
        {
            tensors.Add(($"{name}.weight", [outputs, inputs], _normal.Next(outputs * inputs)));
            Constant($"{name}.bias", outputs, 0);
        }

        void LayerNorm(string name)
        {
            tensors.Add(($"{name}.weight", [hidden], Gains()));
            Constant($"{name}.bias", hidden, 0);
        }
    }

    /// <summary>The tensors of the Dense module after the pooling, which keeps the width.</summary>
    public List<(string Name, int[] Shape, float[] Values)> Dense()
    {
        var width = options.Hidden;
        return [("linear.bias", [width], new float[width]), ("linear.weight", [width, width], _normal.Next(width * width))];
    }

    /// <summary>
    /// The factors of the channels of a normalised state: 1, and for the outliers 4 up to the scale, in even proportion.
    /// </summary>
    private float[] Gains()
    {
        var gains = new float[options.Hidden];
        gains.AsSpan().Fill(1);
        for (var outlier = 0; outlier < options.OutlierColumns; outlier++)
        {
            var share = options.OutlierColumns == 1 ? 1 : outlier / (options.OutlierColumns - 1.0);
            gains[OutlierColumn(outlier)] = (float)(LeastOutlier * Math.Pow(options.OutlierScale / LeastOutlier, share));
        }

        return gains;
    }

    /// <summary>Outliers are spread evenly over the hidden state.</summary>
    private int OutlierColumn(int outlier) => (int)(((2L * outlier) + 1) * options.Hidden / (2 * options.OutlierColumns));

    /// <summary>In the rows of a few tokens, the outlying columns stand far beyond those of other tokens.</summary>
    private float[] Words(int vocabulary)
    {
        var values = _normal.Next(vocabulary * options.Hidden);
        foreach (var token in OutlierTokens)
        {
            for (var outlier = 0; outlier < options.OutlierColumns; outlier++)
            {
                values[(token * options.Hidden) + OutlierColumn(outlier)] *= OutlierTokenScale;
            }
        }

        return values;
    }
}

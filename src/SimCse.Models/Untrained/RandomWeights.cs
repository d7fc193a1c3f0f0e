namespace SimCse.Models.Untrained;

/// <summary>The tensors of a <see cref="RandomModel"/>, drawn in the order in which they are asked for.</summary>
internal sealed class RandomWeights(RandomModelOptions options)
{
    private readonly SeededNormal _normal = new(options.Seed);

    /// <summary>All tensors of BERT except its pooler, which sentence-transformers does not use.</summary>
    public List<(string Name, int[] Shape, float[] Values)> Bert(int vocabulary)
    {
        var (hidden, intermediate) = (options.Hidden, options.EffectiveIntermediate);
        var tensors = new List<(string, int[], float[])>();
        Random("embeddings.word_embeddings.weight", vocabulary, hidden);
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
            tensors.Add(($"{name}.weight", [outputs, inputs], Matrix(outputs, inputs)));
            Constant($"{name}.bias", outputs, 0);
        }

        void LayerNorm(string name)
        {
            Constant($"{name}.weight", hidden, 1);
            Constant($"{name}.bias", hidden, 0);
        }
    }

    /// <summary>The tensors of the Dense module after the pooling, which keeps the width.</summary>
    public List<(string Name, int[] Shape, float[] Values)> Dense()
    {
        var width = options.Hidden;
        return [("linear.bias", [width], new float[width]), ("linear.weight", [width, width], _normal.Next(width * width))];
    }

    /// <summary>PyTorch keeps a linear layer as [out, in]: an output column of the product is a row here.</summary>
    private float[] Matrix(int outputs, int inputs)
    {
        var values = _normal.Next(outputs * inputs);
        for (var outlier = 0; outlier < options.OutlierColumns; outlier++)
        {
            var column = (int)((2L * outlier + 1) * options.Hidden / (2 * options.OutlierColumns)); // spread evenly over the hidden state
            foreach (ref var value in values.AsSpan(column * inputs, inputs))
            {
                value *= options.OutlierScale;
            }
        }

        return values;
    }
}

using SimCse.Models.Graphs;

namespace SimCse.Models.Quantisation;

/// <summary>
/// In which form each matrix of a model is multiplied. It begins with the cheapest, and each step makes one input, or one matrix, more
/// exact: first scales for each token, which cost little, then float32. Products that read one input have one form below float32.
/// </summary>
internal sealed class ProductPlan(IReadOnlyList<CalibratedMatrix> matrices)
{
    private readonly List<(IReadOnlyList<string> Matrices, ProductForm Form)> _steps = [];

    /// <summary>Puts the steps in order, by the errors of each matrix in the cheapest forms and with a scale for each token.</summary>
    /// <param name="errors">The error of each matrix in given forms.</param>
    public void OrderBy(Func<Func<string, ProductForm>, IReadOnlyDictionary<string, double>> errors)
    {
        var token = errors(_ => ProductForm.TokenScale);
        var start = Forms(0);
        var cheapest = errors(matrix => start[matrix]);
        _steps.Clear();
        _steps.AddRange(matrices.Where(matrix => start[matrix.Name] == ProductForm.FixedScale).GroupBy(matrix => matrix.Input)
            .OrderByDescending(group => group.Max(matrix => cheapest[matrix.Name] - token[matrix.Name]))
            .ThenBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => ((IReadOnlyList<string>)[.. group.Select(matrix => matrix.Name)], ProductForm.TokenScale)));
        _steps.AddRange(matrices.OrderByDescending(matrix => token[matrix.Name]).ThenBy(matrix => matrix.Name, StringComparer.Ordinal)
            .Select(matrix => ((IReadOnlyList<string>)[matrix.Name], ProductForm.Float32)));
    }

    /// <summary>How many steps there are until this share of the matrices is in float32.</summary>
    public int StepsWithin(double floatShare) => _steps.Count - matrices.Count + (int)(matrices.Count * floatShare);

    /// <summary>The form of each matrix after so many steps. Behind an activation a fixed scale would lose far too much.</summary>
    public IReadOnlyDictionary<string, ProductForm> Forms(int steps)
    {
        var forms = matrices.ToDictionary(
            matrix => matrix.Name, matrix => matrix.FollowsActivation ? ProductForm.TokenScale : ProductForm.FixedScale);
        foreach (var (names, form) in _steps.Take(steps))
        {
            foreach (var name in names)
            {
                forms[name] = form;
            }
        }

        return forms;
    }
}

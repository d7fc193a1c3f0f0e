using System.Text;
using SimCse.Jobs.Charsets;
using SimCse.Jobs.Parts;

namespace SimCse.Jobs.Sources;

/// <summary>How the records of a table are read, which its header and the wanted columns say. Indices count from 0.</summary>
/// <param name="Separator">The separator: a comma, a semicolon or a tab.</param>
/// <param name="Columns">How many fields each record has.</param>
/// <param name="Text">The column of the texts.</param>
/// <param name="Kept">The columns that are passed through, in the order of the job's.</param>
/// <param name="Id">The column of the ids; <see langword="null"/> when there is none.</param>
public sealed record TableLayout(char Separator, int Columns, int Text, IReadOnlyList<int> Kept, int? Id = null)
{
    /// <summary>Finds the wanted columns in a header.</summary>
    /// <param name="header">The bytes of the header.</param>
    /// <param name="separator">The separator.</param>
    /// <param name="charset">The charset of the source.</param>
    /// <param name="columns">The columns that are wanted.</param>
    /// <exception cref="PermanentJobException">A column is not there, or stands in the header twice.</exception>
    internal static TableLayout Find(ReadOnlySpan<byte> header, byte separator, SourceCharset charset, SourceColumns columns)
    {
        var fields = new TableFields();
        fields.Split(header, separator);
        var names = new string[fields.Count];
        for (var i = 0; i < names.Length; i++)
        {
            try
            {
                names[i] = charset.Decode(fields[i]).Trim();
            }
            catch (DecoderFallbackException)
            {
                throw new PermanentJobException($"The name of column {i + 1} in the header is not {charset.Name}, which the source is.");
            }
        }

        var found = ColumnFinder.Find(names, columns, "header");
        return new TableLayout((char)separator, names.Length, found.Text, found.Kept, found.Id);
    }

    /// <summary>The kept columns with their types: strings, unless somebody has said otherwise.</summary>
    internal static IReadOnlyList<KeptColumn>? KeptOf(SourceColumns columns) => columns.Keep.Count == 0
        ? null
        : [.. columns.Keep.Select(column => new KeptColumn(column.Name, column.Type ?? KeptType.String))];
}

using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Google.Protobuf.Collections;

namespace SimCse.Models.Onnx;

/// <summary>
/// Builds one ONNX graph and the file of its large weights. Nodes stand in the order in which they are added, so that the same calls give
/// the same bytes. Not thread-safe.
/// </summary>
/// <param name="dataPath">
/// The file of the large weights, beside the model; it is overwritten. Without it all weights are in the model file, which then must stay
/// below protobuf's 2 GiB.
/// </param>
internal sealed class OnnxGraph(string? dataPath) : IDisposable
{
    private const int IrVersion = 8;
    private const int OpsetVersion = 17; // the first with LayerNormalization; the fused operators below need no newer one
    private const string MicrosoftDomain = "com.microsoft";

    /// <summary>ONNX Runtime maps external data from page boundaries; smaller tensors stay in the model file.</summary>
    private const int PageBytes = 4096;

    /// <summary>Protobuf's limit of 2 GiB, less room for everything that is not a weight.</summary>
    private const long MaxInlineBytes = int.MaxValue - (64L << 20);

    private readonly GraphProto _graph = new() { Name = "sentence_encoder" };
    private readonly Dictionary<string, FunctionProto> _functions = [];
    private readonly FileStream? _data = dataPath is null ? null : File.Create(dataPath);

    public void Input(string name, TensorProto.Types.DataType type, params string[] shape) => _graph.Input.Add(Value(name, type, shape));

    public void Output(string name, TensorProto.Types.DataType type, params string[] shape) => _graph.Output.Add(Value(name, type, shape));

    /// <summary>Adds a float32 weight; large ones go to the data file.</summary>
    public string Weight(string name, float[] values, params int[] shape) =>
        Tensor(name, TensorProto.Types.DataType.Float, MemoryMarshal.AsBytes(values.AsSpan()), shape);

    /// <summary>Adds a quantised weight; large ones go to the data file.</summary>
    public string Int8Weight(string name, sbyte[] values, params int[] shape) =>
        Tensor(name, TensorProto.Types.DataType.Int8, MemoryMarshal.AsBytes(values.AsSpan()), shape);

    /// <inheritdoc cref="Int8Weight"/>
    public string UInt8Weight(string name, byte[] values, params int[] shape) =>
        Tensor(name, TensorProto.Types.DataType.Uint8, values, shape);

    /// <inheritdoc cref="Int8Weight"/>
    public string Int16Weight(string name, short[] values, params int[] shape) =>
        Tensor(name, TensorProto.Types.DataType.Int16, MemoryMarshal.AsBytes(values.AsSpan()), shape);

    /// <summary>Adds a weight rounded to float16; large ones go to the data file.</summary>
    public string HalfWeight(string name, float[] values, params int[] shape)
    {
        var halves = new Half[values.Length];
        TensorPrimitives.ConvertToHalf(values, halves);
        return Tensor(name, TensorProto.Types.DataType.Float16, MemoryMarshal.AsBytes(halves.AsSpan()), shape);
    }

    /// <summary>Adds a constant of int64 values; a scalar when <paramref name="shape"/> is empty.</summary>
    public string Constant(string name, long[] values, params int[] shape)
    {
        var tensor = new TensorProto
        {
            Name = name,
            DataType = (int)TensorProto.Types.DataType.Int64,
            RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())),
        };
        tensor.Dims.AddRange(shape.Select(extent => (long)extent));
        _graph.Initializer.Add(tensor);
        return name;
    }

    /// <summary>Adds a node of ONNX's own operators; its output has the node's name.</summary>
    public string Node(string operation, string name, string[] inputs, params (string Name, object Value)[] attributes) =>
        Add(operation, "", name, inputs, attributes);

    /// <summary>Adds a node of ONNX Runtime's own operators.</summary>
    public string Fused(string operation, string name, string[] inputs, params (string Name, object Value)[] attributes) =>
        Add(operation, MicrosoftDomain, name, inputs, attributes);

    /// <summary>Adds a call of a function, which the model file then holds; its outputs have the names given.</summary>
    public void Call(FunctionProto function, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes)
    {
        _functions.TryAdd(function.Name, function);
        Add(_graph.Node, function.Name, function.Domain, inputs, outputs, attributes);
    }

    /// <summary>Adds a node of ONNX's own operators to a function.</summary>
    public static string Node(
        FunctionProto function, string operation, string name, string[] inputs, params (string Name, object Value)[] attributes)
    {
        Add(function.Node, operation, "", inputs, [name], attributes);
        return name;
    }

    /// <exception cref="NotSupportedException">The model is too large for one file.</exception>
    public void Save(string path)
    {
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "simcse",
            Graph = _graph,
            OpsetImport = { new OperatorSetIdProto { Version = OpsetVersion } },
        };
        if (_graph.Node.Any(node => node.Domain == MicrosoftDomain))
        {
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = MicrosoftDomain, Version = 1 });
        }

        model.Functions.AddRange(_functions.Values);
        model.OpsetImport.AddRange(
            _functions.Values.Select(function => function.Domain).Distinct()
                .Select(domain => new OperatorSetIdProto { Domain = domain, Version = 1 }));

        var inlineBytes = _graph.Initializer.Sum(tensor => (long)tensor.RawData.Length);
        if (inlineBytes > MaxInlineBytes)
        {
            throw new NotSupportedException(
                $"{path} would hold {inlineBytes} bytes of weights; expected at most {MaxInlineBytes} in one file.");
        }

        using var stream = File.Create(path);
        model.WriteTo(stream);
    }

    public void Dispose() => _data?.Dispose();

    private string Tensor(string name, TensorProto.Types.DataType type, ReadOnlySpan<byte> bytes, int[] shape)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type };
        tensor.Dims.AddRange(shape.Select(extent => (long)extent));
        if (_data is null || bytes.Length < PageBytes)
        {
            tensor.RawData = ByteString.CopyFrom(bytes);
        }
        else
        {
            _data.Position = (_data.Position + PageBytes - 1) / PageBytes * PageBytes;
            tensor.DataLocation = TensorProto.Types.DataLocation.External;
            tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = Path.GetFileName(dataPath) });
            tensor.ExternalData.Add(
                new StringStringEntryProto { Key = "offset", Value = _data.Position.ToString(CultureInfo.InvariantCulture) });
            tensor.ExternalData.Add(
                new StringStringEntryProto { Key = "length", Value = bytes.Length.ToString(CultureInfo.InvariantCulture) });
            _data.Write(bytes);
        }

        _graph.Initializer.Add(tensor);
        return name;
    }

    private string Add(string operation, string domain, string name, string[] inputs, (string Name, object Value)[] attributes)
    {
        Add(_graph.Node, operation, domain, inputs, [name], attributes);
        return name;
    }

    private static void Add(
        RepeatedField<NodeProto> nodes, string operation, string domain, string[] inputs, string[] outputs,
        (string Name, object Value)[] attributes)
    {
        var node = new NodeProto { OpType = operation, Domain = domain, Name = outputs[0] };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes.Select(attribute => Attribute(attribute.Name, attribute.Value)));
        nodes.Add(node);
    }

    private static AttributeProto Attribute(string name, object value) => value switch
    {
        long number => new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = number },
        float number => new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = number },
        TensorProto tensor => new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Tensor, T = tensor },
        ReferredAttribute referred => new AttributeProto { Name = name, Type = referred.Type, RefAttrName = referred.Name },
        long[] numbers => new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { numbers } },
        _ => throw new ArgumentException($"Attribute {name} is a {value.GetType().Name}; expected long, float or long[].", nameof(value)),
    };

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, string[] shape)
    {
        var dimensions = new TensorShapeProto();
        dimensions.Dim.AddRange(shape.Select(extent => long.TryParse(extent, CultureInfo.InvariantCulture, out var fixedExtent)
            ? new TensorShapeProto.Types.Dimension { DimValue = fixedExtent }
            : new TensorShapeProto.Types.Dimension { DimParam = extent }));
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = dimensions } },
        };
    }
}

/// <summary>In a function: the value of an attribute of the call.</summary>
internal sealed record ReferredAttribute(string Name, AttributeProto.Types.AttributeType Type);

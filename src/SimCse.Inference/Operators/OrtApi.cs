using System.Runtime.InteropServices;

namespace SimCse.Inference.Operators;

/// <summary>
/// The functions of ONNX Runtime's C interface that operators written in C# need; its .NET package does not show them. Their places in the
/// table never change (<c>onnxruntime_c_api.h</c>, whose newer versions only append). Thread-safe.
/// </summary>
internal static unsafe partial class OrtApi
{
    /// <summary>The first version with every function and callback that is used here.</summary>
    public const uint Version = 18;

    private static readonly nint* Table = GetTable();

    public static nint CreateDomain(ReadOnlySpan<byte> name)
    {
        nint domain;
        fixed (byte* text = name)
        {
            Check(((delegate* unmanaged<byte*, nint*, nint>)Table[26])(text, &domain));
        }

        return domain;
    }

    public static void AddOperator(nint domain, CustomOperator* definition) =>
        Check(((delegate* unmanaged<nint, CustomOperator*, nint>)Table[27])(domain, definition));

    public static void AddDomain(nint sessionOptions, nint domain) =>
        Check(((delegate* unmanaged<nint, nint, nint>)Table[28])(sessionOptions, domain));

    /// <returns>An error for ONNX Runtime, which releases it.</returns>
    public static nint CreateStatus(string message)
    {
        fixed (byte* text = System.Text.Encoding.UTF8.GetBytes(message + "\0"))
        {
            return ((delegate* unmanaged<int, byte*, nint>)Table[0])(1, text);
        }
    }

    public static float Float(nint kernelInfo, ReadOnlySpan<byte> attribute)
    {
        float value;
        fixed (byte* name = attribute)
        {
            Check(((delegate* unmanaged<nint, byte*, float*, nint>)Table[85])(kernelInfo, name, &value));
        }

        return value;
    }

    public static int Int(nint kernelInfo, ReadOnlySpan<byte> attribute)
    {
        long value;
        fixed (byte* name = attribute)
        {
            Check(((delegate* unmanaged<nint, byte*, long*, nint>)Table[86])(kernelInfo, name, &value));
        }

        return checked((int)value);
    }

    /// <returns>The tensor, or 0 where an optional input is absent.</returns>
    public static nint Input(nint context, int index)
    {
        nint value;
        Check(((delegate* unmanaged<nint, nuint, nint*, nint>)Table[90])(context, (nuint)index, &value));
        return value;
    }

    public static nint Output(nint context, int index, ReadOnlySpan<long> shape)
    {
        nint value;
        fixed (long* extents = shape)
        {
            Check(((delegate* unmanaged<nint, nuint, long*, nuint, nint*, nint>)Table[91])(
                context, (nuint)index, extents, (nuint)shape.Length, &value));
        }

        return value;
    }

    public static void* Data(nint tensor)
    {
        void* data;
        Check(((delegate* unmanaged<nint, void**, nint>)Table[51])(tensor, &data));
        return data;
    }

    /// <summary>Writes a tensor's extents to <paramref name="shape"/>.</summary>
    /// <returns>How many there are.</returns>
    public static int Shape(nint tensor, Span<long> shape)
    {
        nint info;
        Check(((delegate* unmanaged<nint, nint*, nint>)Table[65])(tensor, &info));
        try
        {
            nuint rank;
            Check(((delegate* unmanaged<nint, nuint*, nint>)Table[61])(info, &rank));
            if ((int)rank > shape.Length)
            {
                throw new InvalidDataException($"A tensor has {rank} dimensions; expected at most {shape.Length}.");
            }

            fixed (long* extents = shape)
            {
                Check(((delegate* unmanaged<nint, long*, nuint, nint>)Table[62])(info, extents, rank));
            }

            return (int)rank;
        }
        finally
        {
            ((delegate* unmanaged<nint, void>)Table[99])(info);
        }
    }

    [LibraryImport("onnxruntime")]
    private static partial ApiBase* OrtGetApiBase();

    private static nint* GetTable() => OrtGetApiBase()->GetApi(Version);

    private static void Check(nint status)
    {
        if (status != 0)
        {
            var message = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)Table[2])(status));
            ((delegate* unmanaged<nint, void>)Table[93])(status);
            throw new InvalidOperationException(message);
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct ApiBase
    {
        public readonly delegate* unmanaged<uint, nint*> GetApi;
    }
}

/// <summary>An operator as ONNX Runtime wants it described (<c>OrtCustomOp</c>). Callbacks that are 0 have its defaults.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct CustomOperator
{
    public uint Version;
    public nint CreateKernel;
    public delegate* unmanaged<CustomOperator*, nint> GetName;
    public delegate* unmanaged<CustomOperator*, nint> GetProvider;
    public delegate* unmanaged<CustomOperator*, nuint, int> GetInputType;
    public delegate* unmanaged<CustomOperator*, nuint> GetInputCount;
    public delegate* unmanaged<CustomOperator*, nuint, int> GetOutputType;
    public delegate* unmanaged<CustomOperator*, nuint> GetOutputCount;
    public nint Compute;
    public delegate* unmanaged<nint, void> DestroyKernel;
    public delegate* unmanaged<CustomOperator*, nuint, int> GetInputCharacteristic;
    public delegate* unmanaged<CustomOperator*, nuint, int> GetOutputCharacteristic;
    public delegate* unmanaged<CustomOperator*, nuint, int> GetInputMemoryType;
    public delegate* unmanaged<CustomOperator*, int> GetVariadicInputMinArity;
    public delegate* unmanaged<CustomOperator*, int> GetVariadicInputHomogeneity;
    public delegate* unmanaged<CustomOperator*, int> GetVariadicOutputMinArity;
    public delegate* unmanaged<CustomOperator*, int> GetVariadicOutputHomogeneity;
    public delegate* unmanaged<CustomOperator*, nint, nint, nint*, nint> CreateKernelOrFail;
    public delegate* unmanaged<nint, nint, nint> ComputeOrFail;
    public nint InferShape;
    public nint GetStartVersion, GetEndVersion, GetMayInplace, ReleaseMayInplace, GetAliasMap, ReleaseAliasMap;

    /// <summary>Ours, behind what ONNX Runtime reads: a handle of the <see cref="OperatorDefinition"/>.</summary>
    public nint Definition;
}

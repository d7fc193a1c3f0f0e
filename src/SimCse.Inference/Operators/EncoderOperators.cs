using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.OnnxRuntime;

namespace SimCse.Inference.Operators;

/// <summary>
/// The operators of int8 and int16 graphs that ONNX Runtime lacks: what stands between two products, in one pass over each row while it is
/// in the processor's cache, and products of 16 bits. They are written in C#, called by ONNX Runtime through its interface for custom
/// operators, run on the calling thread, and give a row the same result in any batch. A graph holds what each of them means as a function
/// of ONNX's own operators, so that it runs without them too, only slower (docs/operators.md). Thread-safe.
/// </summary>
internal static unsafe class EncoderOperators
{
    public const string Domain = "simcse";

    private static readonly nint OperatorDomain = CreateDomain();

    /// <summary>Lets sessions that are opened with <paramref name="options"/> run graphs with these operators.</summary>
    public static void AddTo(SessionOptions options)
    {
        var held = false;
        options.DangerousAddRef(ref held);
        try
        {
            OrtApi.AddDomain(options.DangerousGetHandle(), OperatorDomain);
        }
        finally
        {
            if (held)
            {
                options.DangerousRelease();
            }
        }
    }

    private static nint CreateDomain()
    {
        var domain = OrtApi.CreateDomain(Encoding.UTF8.GetBytes(Domain + "\0"));
        foreach (var definition in (IEnumerable<OperatorDefinition>)
            [.. NormKernel.Definitions, .. ActivationKernel.Definitions, .. AttentionKernel.Definitions, .. WideProductKernel.Definitions])
        {
            OrtApi.AddOperator(domain, Describe(definition)); // both live as long as the process
        }

        return domain;
    }

    private static CustomOperator* Describe(OperatorDefinition definition)
    {
        var description = (CustomOperator*)NativeMemory.AllocZeroed((nuint)sizeof(CustomOperator));
        description->Version = OrtApi.Version;
        description->GetName = &Name;
        description->GetProvider = &Provider;
        description->GetInputType = &InputType;
        description->GetInputCount = &InputCount;
        description->GetOutputType = &OutputType;
        description->GetOutputCount = &OutputCount;
        description->DestroyKernel = &DestroyKernel;
        description->GetInputCharacteristic = &Zero;
        description->GetOutputCharacteristic = &Zero;
        description->GetInputMemoryType = &Zero;
        description->GetVariadicInputMinArity = &One;
        description->GetVariadicInputHomogeneity = &One;
        description->GetVariadicOutputMinArity = &One;
        description->GetVariadicOutputHomogeneity = &One;
        description->CreateKernelOrFail = &CreateKernel;
        description->ComputeOrFail = &Compute;
        description->Definition = GCHandle.ToIntPtr(GCHandle.Alloc(definition));
        return description;
    }

    private static OperatorDefinition Of(CustomOperator* description) =>
        (OperatorDefinition)GCHandle.FromIntPtr(description->Definition).Target!;

    [UnmanagedCallersOnly]
    private static nint Name(CustomOperator* description) => Of(description).NativeName;

    [UnmanagedCallersOnly]
    private static nint Provider(CustomOperator* description) => 0; // the CPU's

    [UnmanagedCallersOnly]
    private static nuint InputCount(CustomOperator* description) => (nuint)Of(description).Inputs.Count;

    [UnmanagedCallersOnly]
    private static int InputType(CustomOperator* description, nuint index) => (int)Of(description).Inputs[(int)index];

    [UnmanagedCallersOnly]
    private static nuint OutputCount(CustomOperator* description) => (nuint)Of(description).Outputs.Count;

    [UnmanagedCallersOnly]
    private static int OutputType(CustomOperator* description, nuint index) => (int)Of(description).Outputs[(int)index];

    [UnmanagedCallersOnly]
    private static int Zero(CustomOperator* description, nuint index) => 0;

    [UnmanagedCallersOnly]
    private static int One(CustomOperator* description) => 1;

    [UnmanagedCallersOnly]
    private static nint CreateKernel(CustomOperator* description, nint api, nint info, nint* kernel)
    {
        try
        {
            *kernel = GCHandle.ToIntPtr(GCHandle.Alloc(Of(description).Create(info)));
            return 0;
        }
        catch (Exception e)
        {
            return OrtApi.CreateStatus(e.Message);
        }
    }

    [UnmanagedCallersOnly]
    private static void DestroyKernel(nint kernel) => GCHandle.FromIntPtr(kernel).Free();

    [UnmanagedCallersOnly]
    private static nint Compute(nint kernel, nint context)
    {
        try
        {
            ((OperatorKernel)GCHandle.FromIntPtr(kernel).Target!).Run(context);
            return 0;
        }
        catch (Exception e)
        {
            return OrtApi.CreateStatus(e.Message);
        }
    }
}

/// <summary>The element types of ONNX Runtime's interface that the operators use.</summary>
internal enum TensorType
{
    Float32 = 1,
    UInt8 = 2,
    Int16 = 5,
}

/// <summary>Computes one node. Thread-safe: several runs of a session share it.</summary>
internal abstract class OperatorKernel
{
    public abstract void Run(nint context);
}

/// <param name="Name">The operator's name in <see cref="EncoderOperators.Domain"/>.</param>
/// <param name="Inputs">The inputs' types.</param>
/// <param name="Outputs">The outputs' types.</param>
/// <param name="Create">Makes the kernel of a node from ONNX Runtime's information about the node.</param>
internal sealed record OperatorDefinition(
    string Name, IReadOnlyList<TensorType> Inputs, IReadOnlyList<TensorType> Outputs, Func<nint, OperatorKernel> Create)
{
    public nint NativeName { get; } = Marshal.StringToCoTaskMemUTF8(Name);
}

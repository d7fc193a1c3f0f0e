using System.Reflection;
using System.Reflection.Emit;
using Microsoft.Azure.WebJobs;
using SimCse.LocalHost.App;
using Binder = Microsoft.Azure.WebJobs.Binder;

namespace SimCse.LocalHost.Queues;

/// <summary>
/// The type in which the WebJobs SDK finds queue functions. It is emitted from the worker's metadata and has one public method per
/// function, which passes its message to <see cref="RunAsync"/>. The real host does the same.
/// </summary>
internal abstract class QueueFunctions
{
    private const string AssemblyName = "SimCse.LocalHost.QueueFunctions";

    private static readonly MethodInfo Run = typeof(QueueFunctions).GetMethod(nameof(RunAsync))!;

    private Func<string, string, Binder, CancellationToken, Task> _run = (_, _, _, _) => Task.CompletedTask;

    /// <summary>
    /// Creates an instance whose methods pass <paramref name="run"/> a function's name, the message's text, a binder that knows the
    /// message's properties, and a token.
    /// </summary>
    public static QueueFunctions Create(IEnumerable<FunctionMetadata> functions, Func<string, string, Binder, CancellationToken, Task> run)
    {
        var module = AssemblyBuilder.DefineDynamicAssembly(new(AssemblyName), AssemblyBuilderAccess.RunAndCollect)
            .DefineDynamicModule(AssemblyName);
        var type = module.DefineType("Functions", TypeAttributes.Public | TypeAttributes.Sealed, typeof(QueueFunctions));
        foreach (var function in functions)
        {
            Define(type, function);
        }

        var instance = (QueueFunctions)Activator.CreateInstance(type.CreateType())!;
        instance._run = run;
        return instance;
    }

    /// <summary>Called by the emitted methods.</summary>
    public Task RunAsync(string function, string message, Binder binder, CancellationToken cancellationToken) =>
        _run(function, message, binder, cancellationToken);

    /// <summary>
    /// <c>[FunctionName("Name")] public Task Name([QueueTrigger("queue", Connection = "setting")] string message, Binder binder,
    /// CancellationToken …)</c>
    /// </summary>
    private static void Define(TypeBuilder type, FunctionMetadata function)
    {
        var method = type.DefineMethod(
            function.Name, MethodAttributes.Public | MethodAttributes.HideBySig, typeof(Task),
            [typeof(string), typeof(Binder), typeof(CancellationToken)]);
        method.SetCustomAttribute(new(typeof(FunctionNameAttribute).GetConstructor([typeof(string)])!, [function.Name]));
        var trigger = typeof(QueueTriggerAttribute);
        method.DefineParameter(1, ParameterAttributes.None, "message").SetCustomAttribute(new(
            trigger.GetConstructor([typeof(string)])!,
            [function.Trigger.QueueName],
            [trigger.GetProperty(nameof(QueueTriggerAttribute.Connection))!],
            [function.Trigger.Connection ?? AppSettings.StorageConnection]));
        method.DefineParameter(2, ParameterAttributes.None, "binder");
        method.DefineParameter(3, ParameterAttributes.None, "cancellationToken");

        var il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldstr, function.Name);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldarg_2);
        il.Emit(OpCodes.Ldarg_3);
        il.Emit(OpCodes.Call, Run);
        il.Emit(OpCodes.Ret);
    }
}

using SimCse.Functions;

try
{
    await using var app = FunctionsApp.Build(args);
    var storage = app.Services.GetRequiredService<StoragePreparation>();
    await app.RunAsync();
    return storage.Failure is null ? 0 : throw storage.Failure; // 0: stopped on request
}
catch (Exception e)
{
    // The host keeps the last lines of standard error for its own report. It takes 0 for success and would never start the handler again.
    await Console.Error.WriteLineAsync($"The SimCSE Functions app cannot run: {e.Message}");
    return 1;
}

metadata description = 'The app settings that every hosting choice has in common. Tests hold them to what the code reads.'

@export()
@description('What the app and its host need to know. None of it is a secret: storage and Application Insights are reached by identity.')
type settings = {
  @description('Name of the storage account.')
  storageAccountName: string

  @description('Client id of the app\'s user-assigned identity.')
  clientId: string

  @description('Application Insights takes data from identities only, so that its connection string opens nothing.')
  applicationInsightsConnectionString: string

  @description('Folder of the bundle inside the image; used when modelBlob is empty.')
  modelBundle: string

  @description('Prefix of the bundle in the container models; empty for one inside the image.')
  modelBlob: string

  @description('Fingerprint that the bundle must have; empty takes any.')
  modelFingerprint: string

  @description('What the encoder runs on.')
  device: 'auto' | 'cpu' | 'cuda'

  @description('Further settings of the app, by name: those that have defaults in the code.')
  app: object
}

@export()
@description('Name and value of each setting, in the form that sites and container apps share.')
func list(value settings) array =>
  concat(
    [
      { name: 'AzureWebJobsStorage__accountName', value: value.storageAccountName }
      { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
      { name: 'AzureWebJobsStorage__clientId', value: value.clientId }
      { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: value.applicationInsightsConnectionString }
      { name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING', value: 'ClientId=${value.clientId};Authorization=AAD' }
      { name: 'Inference__Device', value: value.device }
      { name: 'Model__Bundle', value: value.modelBundle }
      { name: 'Model__Blob', value: value.modelBlob }
      { name: 'Model__Fingerprint', value: value.modelFingerprint }
    ],
    map(items(value.app), setting => { name: setting.key, value: string(setting.value) })
  )
